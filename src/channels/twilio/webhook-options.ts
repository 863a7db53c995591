// How Twilio is asked to call us: the part behind `#` of the webhook's address, which Twilio keeps to itself. Three tries
// when there is no connection, no answer in time, or a 5xx; with 1 s to connect and 3.9 s to answer each, all three fit
// into the 15 s that Twilio gives them together. Without it a 5xx is not tried again.

export const WEBHOOK_OPTIONS = '#ct=1000&rt=3900&tt=15000&rc=2&rp=5xx,ct,rt';
