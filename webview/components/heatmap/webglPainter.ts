import { LEVELS } from './colorScale';
import type { ColorScale } from './colorScale';
import type { Frame } from './frame';
import type { PaintedCells } from './paint';
import { sizeCanvas } from './painter';
import type { HeatmapPainter } from './painter';
import { fragmentShader, vertexShader } from './shaders';

/**
 * Wide enough for 2^22 cells in a texture of 2048 x 2048, which every WebGL 2 has; a grid of a
 * million rows and one column would not fit as it is.
 */
const FOLD = 2048;

const uniformNames = [
  'levels',
  'places',
  'colors',
  'fold',
  'grid',
  'origin',
  'fraction',
  'cellsPerPixel',
  'samples',
  'kept',
  'hatch',
  'hatchColor',
  'height',
] as const;

type Uniforms = Readonly<Record<(typeof uniformNames)[number], WebGLUniformLocation | null>>;

/** Levels, places and colours lie in textures; a frame is a few uniforms and one triangle. */
export class WebglPainter implements HeatmapPainter {
  readonly kind = 'webgl2';
  private readonly levels: WebGLTexture | null;
  private readonly places: WebGLTexture | null;
  private readonly colors: WebGLTexture | null;
  private hatch: readonly [number, number, number] = [0, 0, 0];
  private hasCells = false;

  private constructor(
    readonly canvas: HTMLCanvasElement,
    private readonly gl: WebGL2RenderingContext,
    private readonly program: WebGLProgram,
    private readonly uniforms: Uniforms,
  ) {
    this.levels = gl.createTexture();
    this.places = gl.createTexture();
    this.colors = gl.createTexture();
  }

  /**
   * A painter on `canvas`, or undefined where WebGL 2 is missing, refuses, or is computed by the
   * processor: there a canvas is many times faster.
   */
  static create(canvas: HTMLCanvasElement): WebglPainter | undefined {
    const gl = canvas.getContext('webgl2', {
      alpha: true,
      antialias: false,
      depth: false,
      failIfMajorPerformanceCaveat: true,
      premultipliedAlpha: true,
    });
    const program = gl && !isSoftware(gl) && link(gl);
    if (!gl || !program) {
      return undefined;
    }
    const uniforms = Object.fromEntries(
      uniformNames.map((name) => [name, gl.getUniformLocation(program, name)]),
    ) as Uniforms;
    return new WebglPainter(canvas, gl, program, uniforms);
  }

  setCells({ levels, places }: PaintedCells, rows: number, columns: number): void {
    const { gl } = this;
    const count = rows * columns;
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    this.bind(this.levels);
    this.upload(gl.R8UI, gl.UNSIGNED_BYTE, levels, count);
    this.bind(this.places);
    // Without an order every cell is kept: a texture of one zero would need another shader.
    this.upload(gl.R32UI, gl.UNSIGNED_INT, places ?? new Uint32Array(count), count);
    this.hasCells = count > 0;
  }

  setColors({ table, hatch }: ColorScale): void {
    const { gl } = this;
    this.bind(this.colors);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, LEVELS, 2, 0, gl.RGBA, gl.UNSIGNED_BYTE, table);
    this.hatch = hatch;
  }

  draw(frame: Frame): void {
    const { gl, hatch, uniforms } = this;
    if (!this.hasCells || gl.isContextLost()) {
      return;
    }
    sizeCanvas(this.canvas, frame);
    gl.viewport(0, 0, frame.width, frame.height);
    gl.useProgram(this.program);
    [this.levels, this.places, this.colors].forEach((texture, unit) => {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, texture);
    });
    gl.activeTexture(gl.TEXTURE0);
    gl.uniform1i(uniforms.levels, 0);
    gl.uniform1i(uniforms.places, 1);
    gl.uniform1i(uniforms.colors, 2);
    gl.uniform1i(uniforms.fold, FOLD);
    gl.uniform2i(uniforms.grid, frame.columns, frame.rows);
    gl.uniform2i(uniforms.origin, frame.originX, frame.originY);
    gl.uniform2f(uniforms.fraction, frame.fractionX, frame.fractionY);
    gl.uniform2f(uniforms.cellsPerPixel, frame.stepX, frame.stepY);
    gl.uniform2i(uniforms.samples, frame.samplesX, frame.samplesY);
    gl.uniform1ui(uniforms.kept, Math.min(0xffffffff, frame.kept));
    gl.uniform1i(uniforms.hatch, frame.hatch);
    gl.uniform3f(uniforms.hatchColor, hatch[0] / 255, hatch[1] / 255, hatch[2] / 255);
    gl.uniform1i(uniforms.height, frame.height);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  finish(): void {
    const { gl } = this;
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
  }

  dispose(): void {
    this.canvas.remove();
    // Browsers allow few contexts at a time; this one is not to wait for the garbage collector.
    this.gl.getExtension('WEBGL_lose_context')?.loseContext();
  }

  private bind(texture: WebGLTexture | null): void {
    const { gl } = this;
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
  }

  /** Whole rows of the texture at once, then what is left of the last one. */
  private upload(format: number, type: number, data: ArrayBufferView, count: number): void {
    const { gl } = this;
    const rows = Math.floor(count / FOLD);
    const rest = count - rows * FOLD;
    const height = Math.max(1, rows + (rest > 0 ? 1 : 0));
    gl.texImage2D(gl.TEXTURE_2D, 0, format, FOLD, height, 0, gl.RED_INTEGER, type, null);
    const part = (y: number, width: number, lines: number) =>
      gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, y, width, lines, gl.RED_INTEGER, type, data, y * FOLD);
    if (rows > 0) {
      part(0, FOLD, rows);
    }
    if (rest > 0) {
      part(rows, rest, 1);
    }
  }
}

/** Renderers that compute pictures on the processor, and do not own up to the caveat above. */
const software = /SwiftShader|llvmpipe|softpipe|Software|Basic Render/i;

function isSoftware(gl: WebGL2RenderingContext): boolean {
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  return info !== null && software.test(String(gl.getParameter(info.UNMASKED_RENDERER_WEBGL)));
}

function link(gl: WebGL2RenderingContext): WebGLProgram | undefined {
  const program = gl.createProgram();
  for (const [type, source] of [
    [gl.VERTEX_SHADER, vertexShader],
    [gl.FRAGMENT_SHADER, fragmentShader],
  ] as const) {
    const shader = gl.createShader(type);
    if (!shader) {
      return undefined;
    }
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  return gl.getProgramParameter(program, gl.LINK_STATUS) ? program : undefined;
}
