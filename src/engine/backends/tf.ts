/** The door to TensorFlow.js: only `backends/` and `linalg/` import it, and only from here. */
export * as tf from '@tensorflow/tfjs-core';
