"""The style sheet of the API page, light and dark."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --ink: #1c2330; --soft: #5b6577; --line: #d9dee7; --back: #fff; --side: #f4f6fa;
  --get: #0b6e4f; --post: #1f4fbf; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf2; --soft: #9aa5b8; --line: #333c4c; --back: #151a22;
  --side: #1b212c; --get: #58c79b; --post: #8db0ff; } }
* { box-sizing: border-box; }
body { margin: 0; display: grid; grid-template-columns: 21rem minmax(0, 1fr); color: var(--ink);
  background: var(--back); font: 15px/1.5 system-ui, sans-serif; }
nav { background: var(--side); border-right: 1px solid var(--line); padding: 1.2rem; height: 100vh; overflow-y: auto;
  position: sticky; top: 0; }
nav h1 { font-size: 1.15rem; margin: 0; }
nav h2 { font-size: .75rem; text-transform: uppercase; letter-spacing: .08em; color: var(--soft);
  margin: 1.2rem 0 .3rem; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav li { overflow-wrap: anywhere; font-size: .82rem; padding: .1rem 0; }
nav b { color: var(--soft); font-size: .68rem; display: inline-block; width: 2.6rem; }
a { color: inherit; text-decoration: none; } a:hover { text-decoration: underline; }
nav p a { color: var(--post); }
main { padding: 1.2rem 2rem 4rem; max-width: 68rem; }
main > h2 { text-transform: capitalize; border-bottom: 2px solid var(--line); padding-bottom: .3rem;
  margin: 2.2rem 0 1rem; }
section { border: 1px solid var(--line); border-radius: 8px; padding: .9rem 1.2rem; margin: 0 0 1.1rem; }
section:target { border-color: var(--post); }
h3 { margin: 0; font-size: 1rem; overflow-wrap: anywhere; } h3.get { color: var(--get); }
h3:not(.get) { color: var(--post); }
section p { margin: .35rem 0; } .roles, .answers { color: var(--soft); font-size: .84rem; }
table { border-collapse: collapse; width: 100%; margin: .7rem 0; font-size: .86rem; }
th { text-align: left; color: var(--soft); font-weight: 600; } th, td { padding: .25rem .7rem .25rem 0;
  border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
td:first-child { font-family: ui-monospace, monospace; }
pre { background: var(--side); border-radius: 6px; padding: .7rem .9rem; overflow-x: auto; font-size: .82rem; }
@media (max-width: 60rem) { body { display: block; } nav { position: static; height: auto; } main { padding: 1rem; } }
"""
