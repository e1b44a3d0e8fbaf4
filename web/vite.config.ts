import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// `npm run dev` shows the page against a server that already runs; LIKENESS_URL names it.
const server = process.env.LIKENESS_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,  // nothing inline: the page is served with a strict content security policy
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { proxy: { '/api': server, '/i': server } },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
});
