import type { BenchmarkReport, BenchmarksModel } from '../../src/protocol/benchmarks';

/**
 * Gets a second report to compare with. The host shows one report at a time and hands it out with
 * its model, so the second one is shown for a moment, and then the first one again.
 */
export class ReportLoader {
  private readonly known = new Map<string, BenchmarkReport>();
  private loading = false;

  constructor(private readonly show: (key: string) => Promise<void>) {}

  /** Whether what the host shows at the moment is only on its way through. */
  get isLoading(): boolean {
    return this.loading;
  }

  /** Remembers the report that the host shows, and forgets those that are gone. */
  learn({ history, report, shown }: BenchmarksModel): void {
    for (const key of this.known.keys()) {
      if (!history.some((entry) => entry.key === key)) {
        this.known.delete(key);
      }
    }
    if (report && shown !== undefined) {
      this.known.set(shown, report);
    }
  }

  get(key: string | undefined): BenchmarkReport | undefined {
    return key === undefined ? undefined : this.known.get(key);
  }

  /**
   * @param key of the report to get.
   * @param shown of the report to show again afterwards.
   */
  async load(key: string, shown: string): Promise<void> {
    if (this.known.has(key) || this.loading) {
      return;
    }
    this.loading = true;
    try {
      await this.show(key);
    } finally {
      try {
        await this.show(shown);
      } finally {
        this.loading = false;
      }
    }
  }
}
