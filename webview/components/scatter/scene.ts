import type { SeriesLook } from '../marker';

export interface Place {
  readonly x: number;
  readonly y: number;
}

/** A colour of the theme: by what it is for, or by its variable. */
export type Ink = 'foreground' | 'muted' | 'grid' | { readonly variable: string };

/** What a picture is made of; lengths are CSS pixels. */
export type Shape =
  | {
      readonly kind: 'line';
      readonly places: readonly Place[];
      readonly ink: Ink;
      readonly width: number;
      readonly dash?: readonly [number, number];
    }
  | {
      readonly kind: 'text';
      readonly at: Place;
      readonly text: string;
      readonly ink: Ink;
      readonly size: number;
      readonly anchor: 'start' | 'middle' | 'end';
      readonly isBold?: boolean;
      /** Runs from below upwards. */
      readonly isTurned?: boolean;
    }
  | {
      readonly kind: 'marker';
      readonly at: Place;
      readonly radius: number;
      readonly look: SeriesLook;
      readonly hollow: boolean;
    };

/** A picture that the page, an SVG file and a canvas draw alike. */
export interface Scene {
  readonly width: number;
  readonly height: number;
  readonly shapes: readonly Shape[];
}

/** Width of an outline in units of a marker's radius. */
export const OUTLINE = 0.38;

/** About as wide as text of a proportional font is. */
export function textWidth(text: string, size: number): number {
  return text.length * size * 0.56;
}
