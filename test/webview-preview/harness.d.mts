import type { Browser } from 'playwright-core';

export interface Preview {
  /** Address of a page in one of the states of the fake hosts, dark unless told otherwise. */
  url(
    page: 'inspector' | 'choices' | 'benchmarks' | 'patterns' | 'sparse',
    state: string,
    theme?: string,
  ): string;
  close(): Promise<void>;
}

export function servePreview(): Promise<Preview>;
export function launchChromium(executablePath: string): Promise<Browser>;
