// Text as HTML, for between tags and within quotes alike: the one place on which the safety of the reading page rests.

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}
