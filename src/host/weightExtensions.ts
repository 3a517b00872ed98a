/**
 * What the manifest's menus and editors are contributed for, which is read before any of the
 * extension runs. A test compares it with the manifest and with the formats of the engine.
 */
export const weightExtensions = ['safetensors', 'npy', 'npz'] as const;
