/**
 * Sends requests one at a time: while one is under way only the latest newcomer waits, so that a
 * dragged slider never queues up. Every answer is delivered, in order, to `onAnswer`.
 */
export class LatestWins<Request, Answer> {
  private waiting: { readonly request: Request } | undefined;
  private running: Promise<void> | undefined;

  constructor(
    private readonly send: (request: Request) => Promise<Answer>,
    private readonly onAnswer: (answer: Answer, request: Request) => void,
    private readonly onFailure: (thrown: unknown, request: Request) => void,
  ) {}

  get busy(): boolean {
    return this.running !== undefined;
  }

  request(request: Request): void {
    this.waiting = { request };
    this.running ??= this.run();
  }

  /** Resolves when nothing is under way or waiting. */
  async settled(): Promise<void> {
    while (this.running) {
      await this.running;
    }
  }

  private async run(): Promise<void> {
    while (this.waiting) {
      const { request } = this.waiting;
      this.waiting = undefined;
      try {
        this.onAnswer(await this.send(request), request);
      } catch (thrown) {
        this.onFailure(thrown, request);
      }
    }
    this.running = undefined;
  }
}
