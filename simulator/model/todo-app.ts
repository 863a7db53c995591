import { pathOf, writeFile } from './files.ts';
import type { Situation, Step } from './situation.ts';

// The demo model's only program: a to-do list as a web page without a server. Pure.

const NAME = 'todo.html';

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>To do</title>
<style>
  body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 26rem; margin: 3rem auto; padding: 0 1rem; }
  form { display: flex; gap: .5rem; }
  input[name=task] { flex: 1; min-width: 0; }
  input[name=task], button { font: inherit; padding: .5rem .75rem; }
  ul { list-style: none; padding: 0; }
  label { display: flex; gap: .75rem; padding: .5rem 0; border-bottom: 1px solid #ddd; }
  :checked + span { text-decoration: line-through; opacity: .6; }
</style>
<h1>To do</h1>
<form><input name="task" aria-label="New task" placeholder="What needs doing?" required><button>Add</button></form>
<ul></ul>
<script>
  const tasks = JSON.parse(localStorage.getItem('tasks') ?? '[]');
  const list = document.querySelector('ul');
  function show() {
    localStorage.setItem('tasks', JSON.stringify(tasks));
    list.replaceChildren(...tasks.map((task) => {
      const box = Object.assign(document.createElement('input'), { type: 'checkbox', checked: task.done });
      box.addEventListener('change', () => { task.done = box.checked; show(); });
      const label = document.createElement('label');
      label.append(box, Object.assign(document.createElement('span'), { textContent: task.text }));
      const item = document.createElement('li');
      item.append(label);
      return item;
    }));
  }
  document.querySelector('form').addEventListener('submit', (event) => {
    event.preventDefault();
    const field = event.target.elements.task;
    tasks.push({ text: field.value, done: false });
    field.value = '';
    show();
  });
  show();
</script>
</html>`;

export function todoApp(situation: Situation): Step {
  const step = writeFile(NAME, PAGE, situation);
  const isWritten = situation.outcomes.some(({ tool, failed }) => tool === 'Write' && !failed);
  if (!isWritten) return step;
  const where = pathOf(NAME, situation.folder);
  return {
    do: 'say',
    text: `Your to-do app is ready: one page, no server. Open it in a browser:\n\n\`${where}\`\n\nI’m the demo model, so it’s always this one. The real Claude writes what you ask for.`,
  };
}
