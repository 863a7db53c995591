// The product's logo: a bird at rest on a perch, drawn for it. Takes its colour from the surrounding text.

export const BIRD = `<path d="M3.5 17.5h17" stroke="currentColor" stroke-width="2" stroke-linecap="round" fill="none"/>
<path d="M6 14.5c0-5 3-8.5 7-8.5 2.6 0 4.3 1.6 4.5 3.7l2.7 1.2-2.7 1c-.5 3-2.8 4.6-5.7 4.6H9.5L5 19.5z" fill="currentColor"/>
<circle cx="14.6" cy="9.2" r="1" fill="var(--bird-eye, #fff)"/>`;
