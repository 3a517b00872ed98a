/** One triangle that covers the canvas. */
export const vertexShader = `#version 300 es
void main() {
  vec2 corner = vec2(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0);
  gl_Position = vec4(corner, 0.0, 1.0);
}`;

/** `paint` of paint.ts for one pixel; both are to be changed together. */
export const fragmentShader = `#version 300 es
precision highp float;
precision highp int;
precision highp usampler2D;
uniform usampler2D levels;
uniform usampler2D places;
uniform sampler2D colors;
/** Rows and columns of cells are folded into textures of this width. */
uniform int fold;
uniform ivec2 grid;
uniform ivec2 origin;
uniform vec2 fraction;
uniform vec2 cellsPerPixel;
uniform ivec2 samples;
uniform uint kept;
uniform int hatch;
uniform vec3 hatchColor;
uniform int height;
out vec4 color;

float sampleOffset(int pixel, int index, bool isSparse) {
  if (!isSparse) {
    return 0.5;
  }
  uint hash = uint(pixel * 16 + index);
  hash = (hash ^ (hash >> 16)) * 0x7feb352du;
  hash = (hash ^ (hash >> 15)) * 0x846ca68bu;
  return float((hash ^ (hash >> 16)) >> 8) / 16777216.0;
}

void main() {
  ivec2 pixel = ivec2(int(gl_FragCoord.x), height - 1 - int(gl_FragCoord.y));
  bvec2 isSparse = greaterThan(cellsPerPixel, 1.5 * vec2(samples));
  vec3 sum = vec3(0.0);
  float count = 0.0;
  for (int sy = 0; sy < samples.y; sy++) {
    float v = float(pixel.y) + (float(sy) + sampleOffset(pixel.y, sy, isSparse.y)) / float(samples.y);
    int row = origin.y + int(floor(fraction.y + v * cellsPerPixel.y));
    if (row < 0 || row >= grid.y) {
      continue;
    }
    for (int sx = 0; sx < samples.x; sx++) {
      float u = float(pixel.x) + (float(sx) + sampleOffset(pixel.x, sx, isSparse.x)) / float(samples.x);
      int column = origin.x + int(floor(fraction.x + u * cellsPerPixel.x));
      if (column < 0 || column >= grid.x) {
        continue;
      }
      int cell = row * grid.x + column;
      ivec2 at = ivec2(cell % fold, cell / fold);
      int isDropped = texelFetch(places, at, 0).r >= kept ? 1 : 0;
      if (isDropped == 1 && hatch > 0 && (pixel.x + pixel.y) % hatch == 0) {
        sum += hatchColor;
      } else {
        sum += texelFetch(colors, ivec2(int(texelFetch(levels, at, 0).r), isDropped), 0).rgb;
      }
      count += 1.0;
    }
  }
  color = count > 0.0 ? vec4(sum / count, 1.0) : vec4(0.0);
}`;
