/** Tests against a real kube-apiserver: `npm run test:cluster`. They need Go once, to build it. */
export default {
  files: ['test/cluster/**/*.test.ts', 'test/ship/*.test.ts'],
  extensions: ['ts'],
  timeout: '3m',
  workerThreads: false,
  concurrency: 1,
};
