//! Numbers that look like chance and are the same in every run.

/// A generator after Marsaglia's xorshift: it fills documents, no secret depends on it.
#[derive(Debug)]
pub struct Chance(u64);

impl Chance {
    /// A generator that always gives the same numbers for one seed.
    pub fn new(seed: u64) -> Self {
        // Never 0, and another number for every seed.
        Self((seed << 1) | 1)
    }

    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// So many bytes that no compressor makes smaller.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(count + 8);
        while bytes.len() < count {
            bytes.extend_from_slice(&self.next().to_le_bytes());
        }
        bytes.truncate(count);
        bytes
    }

    /// A made-up word.
    pub fn word(&mut self) -> String {
        const SYLLABLES: [&str; 16] =
            ["ba", "ler", "mi", "son", "ta", "ver", "no", "quil", "dra", "hum", "pel", "osk", "rin", "u", "zar", "fen"];
        let count = 2 + self.below(3);
        let pick = |at: u64| SYLLABLES.get(usize::try_from(at % 16).unwrap_or_default()).copied().unwrap_or_default();
        (0..count).map(|_| pick(self.next())).collect()
    }
}
