import { html, nothing } from 'lit';
import { guard } from 'lit/directives/guard.js';
import type { TemplateResult } from 'lit';
import type {
  BlockPattern,
  Criterion,
  Pattern,
  PatternInfo,
  Scheme,
  Scope,
} from '../../src/protocol/patterns';
import type { TextField } from '../components/controls';
import { isSamePair } from './advice';
import { blockProblem, defaultBlock, defaultM, gridOf, matrixOf } from './pattern';
import {
  criterionNames,
  formatPair,
  offerWords,
  paddingWords,
  schemeWords,
  scopeNames,
} from './words';

export interface ControlsView {
  readonly info: PatternInfo;
  readonly pattern: Pattern;
  /** Sizes being typed, while the fields for them are open. */
  readonly custom: CustomBlock | undefined;
  readonly onPattern: (pattern: Pattern) => void;
  readonly onCustom: (custom: CustomBlock | undefined) => void;
}

export interface CustomBlock {
  readonly rows: string;
  readonly columns: string;
}

type MatrixOffer = PatternInfo['matrices'][number];

/** How the matrix is made, cut into blocks, and what the blocks are judged by. */
export function patternControls(view: ControlsView): TemplateResult {
  const { info, pattern, custom } = view;
  const matrix = matrixOf(info, pattern);
  if (!matrix) {
    return html``;
  }
  // Nothing here depends on the slider.
  return html`${guard([info, pattern, custom], () => controls(view, matrix))}`;
}

function controls(view: ControlsView, matrix: MatrixOffer): TemplateResult {
  const { info, pattern, onPattern } = view;
  return html`<section class="toolbar pattern-controls" aria-label="Pattern">
    ${
      info.matrices.length > 1
        ? choice(
            'scheme',
            'Matrix',
            pattern.scheme,
            info.matrices.map((one) => [one.scheme, schemeWords(one)]),
            (scheme) => onPattern({ ...pattern, scheme: scheme as Scheme }),
          )
        : nothing
    }
    ${choice('kind', 'Pattern', pattern.kind, kinds(matrix), (kind) => onPattern(ofKind(kind, pattern, matrix)))}
    ${
      pattern.kind === 'block'
        ? blockControls(view, pattern, matrix)
        : choice(
            'group',
            'Group of',
            String(pattern.m),
            matrix.nm.map((m) => [String(m), `${m} entries`]),
            (m) => onPattern({ ...pattern, m: Number(m) }),
          )
    }
  </section>`;
}

function kinds({ nm }: MatrixOffer): readonly Option[] {
  return nm.length > 0
    ? [
        ['block', 'Blocks'],
        ['nm', 'N of every M entries'],
      ]
    : [['block', 'Blocks']];
}

function ofKind(kind: string, { scheme }: Pattern, matrix: MatrixOffer): Pattern {
  return kind === 'nm'
    ? { kind: 'nm', scheme, m: defaultM(matrix) }
    : {
        kind: 'block',
        scheme,
        block: defaultBlock(matrix),
        criterion: 'frobenius',
        scope: 'matrix',
      };
}

function blockControls(
  view: ControlsView,
  pattern: BlockPattern,
  matrix: MatrixOffer,
): TemplateResult {
  const { custom, onCustom, onPattern } = view;
  const offered = matrix.blocks.some(({ block }) => isSamePair(block, pattern.block));
  const sizes: readonly Option[] = [
    ...matrix.blocks.map((offer): Option => [offer.block.join('x'), offerWords(offer)]),
    ...(offered ? [] : [[pattern.block.join('x'), ownWords(matrix, pattern.block)] as const]),
    ['custom', 'Another size…'],
  ];
  const pick = (size: string) => {
    if (size === 'custom') {
      onCustom({ rows: String(pattern.block[0]), columns: String(pattern.block[1]) });
    } else {
      const [rows = 1, columns = 1] = size.split('x').map(Number);
      onPattern({ ...pattern, block: [rows, columns] });
    }
  };
  return html`
    ${choice('block', 'Block', custom ? 'custom' : pattern.block.join('x'), sizes, pick)}
    ${custom ? customFields(view, custom, pattern, matrix) : nothing}
    ${choice(
      'criterion',
      'Rank blocks by',
      pattern.criterion,
      Object.entries(criterionNames),
      (criterion) => onPattern({ ...pattern, criterion: criterion as Criterion }),
    )}
    ${choice('scope', 'Keep the best of', pattern.scope, Object.entries(scopeNames), (scope) =>
      onPattern({ ...pattern, scope: scope as Scope }),
    )}
  `;
}

/** A size that was typed in. */
function ownWords(matrix: MatrixOffer, block: readonly [number, number]): string {
  const grid = gridOf(matrix, block);
  const padding = paddingWords([
    grid[0] * block[0] - matrix.rows,
    grid[1] * block[1] - matrix.columns,
  ]);
  return [formatPair(block), `${formatPair(grid)} blocks`, padding].filter(Boolean).join(' · ');
}

function customFields(
  { onCustom, onPattern }: ControlsView,
  custom: CustomBlock,
  pattern: BlockPattern,
  matrix: MatrixOffer,
): TemplateResult {
  const block = [numberOf(custom.rows), numberOf(custom.columns)] as const;
  const problem = blockProblem(matrix, block);
  const use = () => {
    if (problem === undefined) {
      onPattern({ ...pattern, block });
    }
  };
  const field = (id: 'rows' | 'columns') =>
    html`<vscode-text-field
      id="custom-${id}"
      size="4"
      aria-label=${id === 'rows' ? 'Rows of a block' : 'Columns of a block'}
      .value=${custom[id]}
      @input=${(event: Event) => onCustom({ ...custom, [id]: (event.target as TextField).value })}
      @keydown=${(event: KeyboardEvent) => {
        if (event.key === 'Enter') {
          use();
        } else if (event.key === 'Escape') {
          onCustom(undefined);
        }
      }}
    ></vscode-text-field>`;
  return html`<span class="custom-block" role="group" aria-label="Size of a block">
      ${field('rows')} × ${field('columns')}
      <vscode-button
        id="custom-use"
        appearance="secondary"
        ?disabled=${problem !== undefined}
        @click=${use}
        >Use</vscode-button
      >
    </span>
    ${
      problem === undefined
        ? nothing
        : html`<p class="field-problem" role="alert" id="custom-problem">${problem}</p>`
    }`;
}

function numberOf(text: string): number {
  return /^\s*\d{1,9}\s*$/.test(text) ? Number(text) : NaN;
}

type Option = readonly [value: string, words: string];

function choice(
  id: string,
  label: string,
  value: string,
  options: readonly Option[],
  onChange: (value: string) => void,
): TemplateResult {
  return html`<label class="labelled" for=${id}
    ><span class="muted">${label}</span>
    <select
      id=${id}
      class="choice"
      @change=${(event: Event) => onChange((event.target as HTMLSelectElement).value)}
    >
      ${options.map(
        ([option, words]) =>
          html`<option value=${option} .selected=${option === value}>${words}</option>`,
      )}
    </select></label
  >`;
}
