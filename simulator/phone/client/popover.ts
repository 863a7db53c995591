// Places a popover beside its button. The browser opens and closes the popover, but would put it in the middle of the
// page.

const GAP = 8;

/** Places `popover` above its `anchor` whenever it opens. */
export function openAbove(popover: HTMLElement, anchor: HTMLElement): void {
  const place = (): void => {
    const { left, top } = anchor.getBoundingClientRect();
    put(popover, left, top - GAP - popover.offsetHeight);
  };
  const grows = new ResizeObserver(place);
  popover.addEventListener('toggle', () => {
    if (popover.matches(':popover-open')) {
      place();
      grows.observe(popover);
      window.addEventListener('resize', place);
    } else {
      grows.disconnect();
      window.removeEventListener('resize', place);
    }
  });
}

/** Opens `popover` at a point of the page. */
export function openAt(popover: HTMLElement, x: number, y: number): void {
  popover.showPopover();
  put(popover, x, y);
}

/** Keeps the popover inside the page. */
function put(popover: HTMLElement, x: number, y: number): void {
  const within = (at: number, size: number, room: number): number => Math.max(GAP, Math.min(at, room - size - GAP));
  popover.style.left = `${within(x, popover.offsetWidth, window.innerWidth)}px`;
  popover.style.top = `${within(y, popover.offsetHeight, window.innerHeight)}px`;
}
