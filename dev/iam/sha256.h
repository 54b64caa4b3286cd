// SPDX-License-Identifier: Apache-2.0
//
// SHA-256 (FIPS 180-4) and HMAC-SHA-256, for test servers only. Written out
// here so that the modules need no crypto library inside a database server,
// which may run on another libc and OpenSSL than the machine has.

#ifndef SHA256_H
#define SHA256_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { SHA256_SIZE = 32, SHA256_BLOCK = 64, SHA256_HEX = 2 * SHA256_SIZE + 1 };

struct sha256 {
  uint32_t state[8];
  uint64_t length;
  uint8_t block[SHA256_BLOCK];
  size_t used;
};

static const uint32_t sha256_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t sha256_rotate(uint32_t x, int n) { return x >> n | x << (32 - n); }

static void sha256_compress(struct sha256 *sha, const uint8_t *block) {
  uint32_t w[64], a[8];
  for (int i = 0; i < 16; i++)
    w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
           (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
  for (int i = 16; i < 64; i++) {
    uint32_t x = w[i - 15], y = w[i - 2];
    w[i] = w[i - 16] + (sha256_rotate(x, 7) ^ sha256_rotate(x, 18) ^ x >> 3) + w[i - 7] +
           (sha256_rotate(y, 17) ^ sha256_rotate(y, 19) ^ y >> 10);
  }
  memcpy(a, sha->state, sizeof a);
  for (int i = 0; i < 64; i++) {
    uint32_t s1 = sha256_rotate(a[4], 6) ^ sha256_rotate(a[4], 11) ^ sha256_rotate(a[4], 25);
    uint32_t s0 = sha256_rotate(a[0], 2) ^ sha256_rotate(a[0], 13) ^ sha256_rotate(a[0], 22);
    uint32_t choice = (a[4] & a[5]) ^ (~a[4] & a[6]);
    uint32_t majority = (a[0] & a[1]) ^ (a[0] & a[2]) ^ (a[1] & a[2]);
    uint32_t t = a[7] + s1 + choice + sha256_constants[i] + w[i];
    memmove(a + 1, a, 7 * sizeof a[0]);
    a[4] += t;
    a[0] = t + s0 + majority;
  }
  for (int i = 0; i < 8; i++) sha->state[i] += a[i];
}

static void sha256_init(struct sha256 *sha) {
  static const uint32_t initial[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  memset(sha, 0, sizeof *sha);
  memcpy(sha->state, initial, sizeof initial);
}

static void sha256_update(struct sha256 *sha, const void *data, size_t length) {
  const uint8_t *bytes = data;
  sha->length += length;
  while (length > 0) {
    size_t part = SHA256_BLOCK - sha->used;
    if (part > length) part = length;
    memcpy(sha->block + sha->used, bytes, part);
    sha->used += part, bytes += part, length -= part;
    if (sha->used == SHA256_BLOCK) {
      sha256_compress(sha, sha->block);
      sha->used = 0;
    }
  }
}

static void sha256_string(struct sha256 *sha, const char *text) {
  sha256_update(sha, text, strlen(text));
}

static void sha256_final(struct sha256 *sha, uint8_t digest[SHA256_SIZE]) {
  uint8_t bits[8];
  for (int i = 0; i < 8; i++) bits[i] = (uint8_t)(sha->length * 8 >> (56 - 8 * i));
  sha256_update(sha, "\x80", 1);
  while (sha->used != SHA256_BLOCK - sizeof bits) sha256_update(sha, "", 1);
  sha256_update(sha, bits, sizeof bits);
  for (int i = 0; i < SHA256_SIZE; i++)
    digest[i] = (uint8_t)(sha->state[i / 4] >> (24 - 8 * (i % 4)));
}

static void hmac_sha256(const void *key, size_t key_length, const char *message,
                        uint8_t digest[SHA256_SIZE]) {
  uint8_t inner[SHA256_BLOCK] = {0}, outer[SHA256_BLOCK];
  struct sha256 sha;
  if (key_length > SHA256_BLOCK) {
    sha256_init(&sha);
    sha256_update(&sha, key, key_length);
    sha256_final(&sha, inner);
  } else {
    memcpy(inner, key, key_length);
  }
  for (int i = 0; i < SHA256_BLOCK; i++) outer[i] = inner[i] ^ 0x5c, inner[i] ^= 0x36;
  sha256_init(&sha);
  sha256_update(&sha, inner, sizeof inner);
  sha256_string(&sha, message);
  sha256_final(&sha, digest);
  sha256_init(&sha);
  sha256_update(&sha, outer, sizeof outer);
  sha256_update(&sha, digest, SHA256_SIZE);
  sha256_final(&sha, digest);
}

static void sha256_hex(const uint8_t digest[SHA256_SIZE], char hex[SHA256_HEX]) {
  for (int i = 0; i < SHA256_SIZE; i++) snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

#endif
