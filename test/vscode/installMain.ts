import { installVSCode } from './install';

const { entry } = await installVSCode(console.log);
console.log(`VS Code for tests: ${entry}`);
