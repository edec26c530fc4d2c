// A sample to try without a file of one's own: five seconds of a chime, made here as a WAV file.
const RATE = 44100, SECONDS = 5, NOTES = [[0, 523.25], [0.35, 659.25], [0.7, 783.99], [1.05, 1046.5]];

export function chime() {
  const count = RATE * SECONDS, view = new DataView(new ArrayBuffer(44 + count * 2));
  const text = (at, word) => [...word].forEach((letter, index) => view.setUint8(at + index, letter.charCodeAt(0)));
  text(0, "RIFF"); view.setUint32(4, 36 + count * 2, true); text(8, "WAVEfmt "); view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); view.setUint16(22, 1, true); view.setUint32(24, RATE, true); view.setUint32(28, RATE * 2, true);
  view.setUint16(32, 2, true); view.setUint16(34, 16, true); text(36, "data"); view.setUint32(40, count * 2, true);
  for (let index = 0; index < count; index++) {
    const time = index / RATE;
    const level = NOTES.reduce((sum, [start, pitch]) => time < start ? sum
      : sum + Math.exp(-1.6 * (time - start)) * (Math.sin(2 * Math.PI * pitch * time) + 0.3 * Math.sin(4 * Math.PI * pitch * time)), 0);
    view.setInt16(44 + index * 2, Math.max(-1, Math.min(1, level * 0.2)) * 32767, true);
  }
  return new File([view], "chime.wav", { type: "audio/wav" });
}
