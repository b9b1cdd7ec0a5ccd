import { defineConfig } from "vite";

// Nothing is inlined: the pages run under "script-src 'self'; style-src 'self'; font-src 'self'",
// which knows no data: addresses. Names carry the hash of their content, so that browsers may keep
// them for ever, and two builds of one source are equal byte for byte.
export default defineConfig({
    base: "/",
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    build: {
        target: ["chrome123", "firefox125", "safari17.5"],
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        cssCodeSplit: false,
        sourcemap: false,
        reportCompressedSize: false,
    },
    server: { proxy: { "/api": "http://127.0.0.1:8470" } },
});
