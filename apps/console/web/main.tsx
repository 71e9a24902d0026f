import { render } from 'preact';
import './style.css';
import './print.css';
import { App } from './shell/app.tsx';
import { showUnseenCharacters } from './ui/visible-text.ts';

showUnseenCharacters();
const root = document.getElementById('root');
if (root) render(<App />, root);
