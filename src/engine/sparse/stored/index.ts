export { openStored, openStoredFile } from './openStored';
export { storedBytes, storedExtension } from './storedBytes';
export type { StoredSparse } from './storedSparse';
