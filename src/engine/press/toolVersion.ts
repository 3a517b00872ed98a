import { version } from '../../../package.json';

export const toolName = 'TensorPress';
export const toolVersion = version;
