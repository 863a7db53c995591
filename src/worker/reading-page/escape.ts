// Escapes text for HTML, between tags and in quoted attributes. The safety of the reading page depends on this file
// alone.

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}
