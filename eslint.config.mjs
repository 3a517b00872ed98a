import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  {
    ignores: [
      'dist/',
      'node_modules/',
      'test-results/',
      'coverage/',
      'pressed/',
      'src/engine/kernels/assembly/',
    ],
  },
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
  },
  eslint.configs.recommended,
  {
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-constant-binary-expression': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
    },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.json', './webview/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // Contracts are interfaces of methods whose implementations are free functions.
      '@typescript-eslint/unbound-method': 'off',
      // An async function without await is how a synchronous answer meets a contract of promises.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    // Elsewhere than in the numeric loops, a value that may be missing is asked for.
    files: ['src/**/*.ts', 'webview/**/*.ts'],
    ignores: ['src/engine/**'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'error' },
  },
  {
    // A bundle that logs to the console logs where nobody looks; the command line is the exception.
    files: ['src/**/*.ts', 'webview/**/*.ts'],
    ignores: ['src/cli/**'],
    rules: { 'no-console': 'error' },
  },
  {
    files: ['**/*.mjs', '**/*.cjs'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'AbortController',
          'Buffer',
          'URL',
          'clearTimeout',
          'console',
          'fetch',
          'module',
          'process',
          'setTimeout',
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
);
