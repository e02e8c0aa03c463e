// What a task computes. Replace it with your own.

/** How many numbers there were, and their sum; or what was wrong. */
export class Sum {
  count: u64 = 0;
  value: i64 = 0;
  problem: string = "";
}

function isSpace(letter: i32): bool {
  return letter == 32 || (letter >= 9 && letter <= 13);
}

/** Adds the whole numbers in a text. */
export function addNumbers(text: string): Sum {
  const sum = new Sum();
  let position = 0;
  while (true) {
    while (position < text.length && isSpace(text.charCodeAt(position))) position++;
    if (position == text.length) return sum;
    const start = position;
    while (position < text.length && !isSpace(text.charCodeAt(position))) position++;
    const word = text.substring(start, position);
    const negative = word.charCodeAt(0) == 45;
    const digits = negative ? word.substring(1) : word;
    let number: i64 = 0;
    // Below 10^18 nothing can overflow.
    if (digits.length == 0 || digits.length > 18) return refuse(sum, word);
    for (let i = 0; i < digits.length; i++) {
      const digit = digits.charCodeAt(i) - 48;
      if (digit < 0 || digit > 9) return refuse(sum, word);
      number = 10 * number + digit;
    }
    const added = sum.value + (negative ? -number : number);
    if (negative ? added > sum.value : added < sum.value) {
      sum.problem = "the sum is too large";
      return sum;
    }
    sum.value = added;
    sum.count++;
  }
}

function refuse(sum: Sum, word: string): Sum {
  sum.problem = "not a whole number: " + word;
  return sum;
}
