/** Colors by the reader's scheme, each pair of text and ground of 4.5 to 1 or more. */
export const STYLE = `
:root { color-scheme: light dark;
  --ground: #ffffff; --text: #1b1f24; --soft: #57606a; --line: #d0d7de; --raised: #f6f8fa;
  --link: #0550ae; --mark: #8a3ffc; }
@media (prefers-color-scheme: dark) { :root {
  --ground: #0d1117; --text: #e6edf3; --soft: #9da7b3; --line: #30363d; --raised: #161b22;
  --link: #79b8ff; --mark: #c8a6ff; } }
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; background: var(--ground); color: var(--text); font: 16px/1.6 system-ui, sans-serif; }
a { color: var(--link); }
a:focus-visible, summary:focus-visible { outline: 3px solid var(--mark); outline-offset: 2px; }
main:focus { outline: none; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 1rem; top: 1rem; background: var(--ground); padding: .5rem 1rem; z-index: 1; }
header { display: flex; flex-wrap: wrap; gap: .25rem 2rem; align-items: baseline; padding: 1rem 2rem;
  border-bottom: 1px solid var(--line); }
header .name { margin: 0; font-weight: 700; }
header ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 0; padding: 0;
  list-style: none; }
[aria-current] { color: var(--text); font-weight: 700; text-decoration: none; }
.columns { display: grid; grid-template-columns: 17rem minmax(0, 50rem); gap: 3rem; padding: 0 2rem; }
.contents { position: sticky; top: 0; align-self: start; max-height: 100vh; overflow-y: auto;
  padding: 1.5rem 0; font-size: .9rem; }
.contents summary { font-weight: 700; cursor: pointer; padding: .35rem 0; }
.contents ul { list-style: none; margin: 0; padding: 0 0 0 .75rem; }
.contents a { display: block; padding: .15rem 0; text-decoration: none; overflow-wrap: anywhere; }
.contents a:hover { text-decoration: underline; }
h1 { font-size: 2rem; line-height: 1.2; margin: 1.5rem 0 1rem; }
h2 { margin: 2.5rem 0 .75rem; padding-top: .5rem; border-top: 1px solid var(--line); }
h3 { margin: 2rem 0 .5rem; }
h4 { margin: 1.25rem 0 .25rem; font-size: 1rem; }
code { font: .875em/1.5 ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
:not(pre) > code { background: var(--raised); border: 1px solid var(--line); border-radius: 4px;
  padding: 0 .25em; }
pre { background: var(--raised); border: 1px solid var(--line); border-radius: 6px;
  padding: .75rem 1rem; margin: .5rem 0;
  white-space: pre-wrap; overflow-wrap: anywhere; }
details.sample > summary { cursor: pointer; color: var(--link); padding: .25rem 0; }
.method { font-weight: 700; color: var(--mark); }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.soft { color: var(--soft); }
table { border-collapse: collapse; width: 100%; font-size: .925rem; }
th, td { border-bottom: 1px solid var(--line); padding: .4rem .75rem .4rem 0; text-align: left;
  vertical-align: top; overflow-wrap: anywhere; }
dl { margin: .5rem 0; }
dt { margin-top: .5rem; }
dd { margin: 0 0 .25rem 1.25rem; }
footer { padding: 2rem; margin-top: 3rem; border-top: 1px solid var(--line); color: var(--soft); }
@media (max-width: 60rem) {
  header, .columns, footer { padding-left: 1rem; padding-right: 1rem; }
  .columns { grid-template-columns: minmax(0, 1fr); gap: 0; }
  .contents { position: static; max-height: 16rem; padding-bottom: 0;
  border-bottom: 1px solid var(--line); }
  thead { position: absolute; left: -999px; }
  tr, td, th { display: block; border: 0; padding: .1rem 0; }
  tr { border-bottom: 1px solid var(--line); padding: .5rem 0; }
}
`;
