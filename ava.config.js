/** The tests that need neither a cluster nor Go. `.ts` runs by Node's type stripping, `.tsx` through test/support/jsx.mjs. */
export default {
  files: ['test/*.test.ts', 'test/*.test.tsx', 'test/auth/*.test.ts'],
  extensions: ['ts', 'tsx'],
  nodeArguments: ['--import=./test/support/jsx.mjs'],
  timeout: '60s',
};
