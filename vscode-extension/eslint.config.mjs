import tseslint from 'typescript-eslint';

const forbidden = (...folders) => ({ patterns: folders.map((folder) => ({ regex: `^\\.\\.?/${folder}/`, message: 'see eslint.config.mjs' })) });

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'schemas/', 'server/'] },
  {
    files: ['src/**/*.ts', 'test/**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      eqeqeq: 'error',
      'max-lines-per-function': ['error', { max: 60, skipComments: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      // VS Code's API promises interfaces of its classes; whose constructor made a Disposable is its affair.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
    },
  },
  // Dependencies point one way: both entries use what they share, which knows neither; nor do they know each other. That what is
  // shared needs nothing of Node's, tsconfig.browser.json makes sure.
  { files: ['src/*.ts', 'src/{graph,modes}-view/*.ts'], rules: { 'no-restricted-imports': ['error', forbidden('node', 'browser')] } },
  { files: ['src/node/*.ts'], rules: { 'no-restricted-imports': ['error', forbidden('browser')] } },
  { files: ['src/browser/*.ts'], rules: { 'no-restricted-imports': ['error', forbidden('node')] } },
  {
    // node:test's functions return promises that its runner awaits.
    files: ['test/**/*.ts'],
    rules: { '@typescript-eslint/no-floating-promises': 'off', 'max-lines-per-function': 'off' },
  },
);
