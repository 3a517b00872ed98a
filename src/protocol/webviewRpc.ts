// What vscode-jsonrpc needs of a browser; everything else of the page's end runs anywhere.
import 'vscode-jsonrpc/browser';

export { connectToHost } from './webviewSession';
