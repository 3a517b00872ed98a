/** Colours and font of the current theme, for what is painted on a canvas. */
export interface Theme {
  readonly foreground: string;
  readonly muted: string;
  readonly grid: string;
  readonly background: string;
  readonly accent: string;
  readonly font: string;
  readonly isHighContrast: boolean;
  /** The value of a `--vscode-*` variable. */
  color(variable: string): string;
}

export function readTheme(): Theme {
  const style = getComputedStyle(document.body);
  const color = (variable: string) => style.getPropertyValue(variable).trim();
  const foreground = color('--vscode-foreground') || style.color;
  const isHighContrast = /\bvscode-high-contrast/.test(document.body.className);
  return {
    foreground,
    muted: (isHighContrast ? '' : color('--vscode-descriptionForeground')) || foreground,
    grid:
      (isHighContrast ? color('--vscode-contrastBorder') : color('--vscode-panel-border')) ||
      'transparent',
    background: color('--vscode-editor-background') || 'transparent',
    accent: color('--vscode-focusBorder') || foreground,
    font: `${style.fontSize} ${style.fontFamily}`,
    isHighContrast,
    color: (variable) => color(variable) || foreground,
  };
}

/** Calls `listener` after each change of theme, until the result is called. */
export function onThemeChange(listener: () => void): () => void {
  const observer = new MutationObserver(() => listener());
  const attributeFilter = ['class', 'style', 'data-vscode-theme-id'];
  observer.observe(document.body, { attributes: true, attributeFilter });
  observer.observe(document.documentElement, { attributes: true, attributeFilter });
  return () => observer.disconnect();
}
