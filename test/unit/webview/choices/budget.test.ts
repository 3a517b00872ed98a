import { describe, expect, it } from 'vitest';
import {
  budgetAtSlider,
  budgetText,
  describeBudget,
  modeOf,
  parseBudget,
  sliderPosition,
  sliderRange,
} from '../../../../webview/choices/budget';

describe('the slider', () => {
  it('runs over the percentages kept', () => {
    expect(budgetAtSlider('kept', 25)).toEqual({ kept: 0.25 });
    expect(sliderPosition({ kept: 0.25 })).toBe(25);
  });

  it('runs over errors from 0.001 to 1 by their logarithm', () => {
    const { min, max } = sliderRange.maxError;
    expect(budgetAtSlider('maxError', min)).toEqual({ maxError: 0.001 });
    expect(budgetAtSlider('maxError', max)).toEqual({ maxError: 1 });
    expect(sliderPosition({ maxError: 0.1 })).toBe((max * 2) / 3);
  });

  it('stays where it is when its own budget comes back', () => {
    for (let position = 0; position <= sliderRange.maxError.max; position++) {
      expect(sliderPosition(budgetAtSlider('maxError', position))).toBe(position);
    }
  });
});

describe('the number field', () => {
  it('takes percent with or without its sign, and a decimal comma', () => {
    expect(parseBudget('kept', '25')).toEqual({ kept: 0.25 });
    expect(parseBudget('kept', ' 12,5 % ')).toEqual({ kept: 0.125 });
    expect(parseBudget('maxError', '0.1')).toEqual({ maxError: 0.1 });
  });

  it.each(['', '0', '-3', '101', 'many', '1e999'])('refuses %j as a share to keep', (text) => {
    expect(parseBudget('kept', text)).toHaveProperty('problem');
  });

  it.each(['', '0', '1.5', 'x'])('refuses %j as an error', (text) => {
    expect(parseBudget('maxError', text)).toHaveProperty('problem');
  });

  it('shows what it would take', () => {
    for (const budget of [{ kept: 0.125 }, { kept: 1 / 3 }, { maxError: 0.05 }]) {
      const again = parseBudget(modeOf(budget), budgetText(budget));
      expect(budgetText('problem' in again ? { kept: 1 } : again)).toBe(budgetText(budget));
    }
    expect(budgetText({ kept: 1 / 3 })).toBe('33.33');
  });
});

it('says in words what a budget means', () => {
  expect(describeBudget({ kept: 0.25 })).toBe('keep 25 % of the parameters');
  expect(describeBudget({ maxError: 0.1 })).toBe('relative error of at most 0.100 for each tensor');
});
