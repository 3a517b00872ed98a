import { describe, expect, it } from 'vitest';
import { tryInProcess } from '../../../../src/engine/backends/addonTrial';

describe('tryInProcess', () => {
  it('gives what the code reports, whatever else is printed', async () => {
    const code = 'console.log("noise"); report({ sum: Number(process.argv[1]) + 1 })';
    expect(await tryInProcess(code, ['41'])).toEqual({ works: true, report: { sum: 42 } });
  });

  it('gives the message of an error, without its stack', async () => {
    const trial = await tryInProcess('throw new TypeError("no such symbol: x")', []);
    expect(trial).toEqual({ works: false, reason: 'no such symbol: x' });
  });

  it.skipIf(process.platform === 'win32').each([
    ['SIGSEGV', 'it reads memory that is not its own'],
    ['SIGILL', 'this processor lacks instructions that it was built with, or the file is damaged'],
    ['SIGBUS', 'the file is damaged or cut off'],
  ])('outlives a crash by %s and says what it means', async (signal, meaning) => {
    const trial = await tryInProcess(`process.kill(process.pid, "${signal}")`, []);
    expect(trial).toEqual({
      works: false,
      reason: `it crashed when it was tried (${signal}: ${meaning})`,
    });
  });

  it('does not wait for ever', async () => {
    const trial = await tryInProcess('setInterval(() => {}, 1000)', [], { timeoutMs: 300 });
    expect(trial).toEqual({
      works: false,
      reason: 'it did not answer in time when it was tried',
    });
  });

  it('takes a report before a crash at the end for no success', async () => {
    const trial = await tryInProcess('report({}); process.abort()', []);
    expect(trial.works).toBe(false);
  });
});
