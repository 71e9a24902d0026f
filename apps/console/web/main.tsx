import { render } from 'preact';
import './style.css';
import { App } from './shell/app.tsx';

const root = document.getElementById('root');
if (root) render(<App />, root);
