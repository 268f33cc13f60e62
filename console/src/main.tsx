import { render } from 'preact';
import { App } from './app.tsx';
import { followLive } from './live.ts';

const root = document.getElementById('console');
if (root === null) throw new Error('index.html has no place for the console');
followLive();
render(<App />, root);
