// Text encodings and base64 as on the web platform, which V8 does not bring.
// One expression: a function without arguments that returns these globals.
(() => {
  'use strict';

  const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

  function btoa(data) {
    const text = String(data);
    let encoded = '';
    for (let at = 0; at < text.length; at += 3) {
      const bytes = [text.charCodeAt(at), text.charCodeAt(at + 1), text.charCodeAt(at + 2)];
      if (bytes.some((byte) => byte > 255)) throw new RangeError('btoa: a character is beyond Latin-1');
      const bits = (bytes[0] << 16) | ((bytes[1] || 0) << 8) | (bytes[2] || 0);
      encoded += BASE64[bits >> 18] + BASE64[(bits >> 12) & 63];
      encoded += at + 1 < text.length ? BASE64[(bits >> 6) & 63] : '=';
      encoded += at + 2 < text.length ? BASE64[bits & 63] : '=';
    }
    return encoded;
  }

  function atob(data) {
    let text = String(data).replace(/[\t\n\f\r ]/g, '');
    if (text.length % 4 === 0) text = text.replace(/={1,2}$/, '');
    if (text.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(text)) throw new RangeError('atob: this is not base64');
    let decoded = '';
    for (let at = 0; at < text.length; at += 4) {
      const digits = [0, 1, 2, 3].map((place) => (at + place < text.length ? BASE64.indexOf(text[at + place]) : 0));
      const bits = (digits[0] << 18) | (digits[1] << 12) | (digits[2] << 6) | digits[3];
      decoded += String.fromCharCode(bits >> 16);
      if (at + 2 < text.length) decoded += String.fromCharCode((bits >> 8) & 255);
      if (at + 3 < text.length) decoded += String.fromCharCode(bits & 255);
    }
    return decoded;
  }

  class TextEncoder {
    get encoding() {
      return 'utf-8';
    }

    encode(input = '') {
      // encodeURIComponent writes UTF-8 in hexadecimal, and every other character as it is.
      const escaped = encodeURIComponent(String(input).toWellFormed());
      const bytes = [];
      for (let at = 0; at < escaped.length; at += 1) {
        if (escaped[at] === '%') {
          bytes.push(parseInt(escaped.slice(at + 1, at + 3), 16));
          at += 2;
        } else {
          bytes.push(escaped.charCodeAt(at));
        }
      }
      return Uint8Array.from(bytes);
    }
  }

  // The sequences of Unicode's table 3-7: how many bytes follow the first, and what the second may be.
  function sequence(first) {
    if (first >= 0xc2 && first <= 0xdf) return [1, 0x80, 0xbf];
    if (first >= 0xe0 && first <= 0xef) return [2, first === 0xe0 ? 0xa0 : 0x80, first === 0xed ? 0x9f : 0xbf];
    if (first >= 0xf0 && first <= 0xf4) return [3, first === 0xf0 ? 0x90 : 0x80, first === 0xf4 ? 0x8f : 0xbf];
    return null;
  }

  class TextDecoder {
    #fatal;
    #ignoreBOM;

    constructor(label = 'utf-8', { fatal = false, ignoreBOM = false } = {}) {
      if (!/^(unicode-1-1-)?utf-?8$/i.test(String(label).trim())) throw new RangeError('TextDecoder: only UTF-8');
      this.#fatal = Boolean(fatal);
      this.#ignoreBOM = Boolean(ignoreBOM);
    }

    get encoding() {
      return 'utf-8';
    }

    get fatal() {
      return this.#fatal;
    }

    decode(input = new Uint8Array()) {
      const bytes = ArrayBuffer.isView(input)
        ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
        : new Uint8Array(input);
      let text = '';
      for (let at = 0; at < bytes.length; ) {
        const [character, length] = this.#character(bytes, at);
        text += character;
        at += length;
      }
      return !this.#ignoreBOM && text[0] === '\ufeff' ? text.slice(1) : text;
    }

    #character(bytes, at) {
      const first = bytes[at];
      if (first < 0x80) return [String.fromCharCode(first), 1];
      const shape = sequence(first);
      let point = shape === null ? 0 : first & (0x3f >> shape[0]);
      let taken = 1;
      for (; shape !== null && taken <= shape[0]; taken += 1) {
        const next = bytes[at + taken];
        const [low, high] = taken === 1 ? [shape[1], shape[2]] : [0x80, 0xbf];
        if (next === undefined || next < low || next > high) break;
        point = (point << 6) | (next & 0x3f);
      }
      if (shape !== null && taken > shape[0]) return [String.fromCodePoint(point), taken];
      if (this.#fatal) throw new TypeError('TextDecoder: this is not UTF-8');
      return ['\ufffd', taken];
    }
  }

  return { TextDecoder, TextEncoder, atob, btoa };
})
