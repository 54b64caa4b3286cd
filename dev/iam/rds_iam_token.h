// SPDX-License-Identifier: Apache-2.0
//
// Verifies an RDS IAM authentication token, a SigV4 presigned
// "host:port/?Action=connect&DBUser=…", against locally known secrets.
//
// The keys file stands for IAM. It is read at every login, so that a test can
// change it while the server runs:
//
//   key AKID SECRET                   an access key
//   allow AKID USER_GLOB [HOST:PORT]  rds-db:connect as these users (at this endpoint only)
//   region REGION                     the only region accepted (default: any)
//   skew SECONDS                      how far in the future a token may be (default: 300)
//   # comment
//
// Not imitated: the contents of X-Amz-Security-Token (it only has to be signed).

#ifndef RDS_IAM_TOKEN_H
#define RDS_IAM_TOKEN_H

#include <ctype.h>
#include <fnmatch.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "sha256.h"

enum { TOKEN_MAX = 16384, PARAMETERS_MAX = 32, REASON_MAX = 700 };

struct token {
  char text[TOKEN_MAX + 1];
  const char *endpoint;              // host:port
  char *parameters[PARAMETERS_MAX];  // all but the signature, still escaped
  int count;
  const char *action, *user, *algorithm, *credential, *date, *expires, *signed_headers, *signature;
  char user_name[512];   // DBUser, unescaped
  char scope_text[256];  // Credential, unescaped and cut at its slashes
  char *key_id, *day, *region;
};

struct keys {
  char secret[256];
  bool known, allowed, region_accepted;
  long skew;
};

__attribute__((format(printf, 2, 3))) static bool refuse(char *reason, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(reason, REASON_MAX, format, arguments);
  va_end(arguments);
  return false;
}

static bool unescape(const char *text, char *out, size_t capacity) {
  size_t used = 0;
  for (; *text; text++) {
    char c = *text;
    if (c == '%') {
      if (!isxdigit((unsigned char)text[1]) || !isxdigit((unsigned char)text[2])) return false;
      c = (char)strtoul((char[]){text[1], text[2], 0}, NULL, 16);
      text += 2;
    }
    if (c == 0 || used + 1 >= capacity) return false;
    out[used++] = c;
  }
  out[used] = 0;
  return true;
}

static bool token_split(struct token *token, const char *text, char *reason) {
  const struct {
    const char *name;
    const char **value;
  } known[] = {{"Action", &token->action},
               {"DBUser", &token->user},
               {"X-Amz-Algorithm", &token->algorithm},
               {"X-Amz-Credential", &token->credential},
               {"X-Amz-Date", &token->date},
               {"X-Amz-Expires", &token->expires},
               {"X-Amz-SignedHeaders", &token->signed_headers},
               {"X-Amz-Signature", &token->signature}};
  const size_t known_count = sizeof known / sizeof known[0];
  size_t length = strlen(text);

  memset(token, 0, sizeof *token);
  if (length > TOKEN_MAX) return refuse(reason, "token of %zu bytes is over the limit", length);
  memcpy(token->text, text, length);

  char *query = strstr(token->text, "/?");
  if (!query) return refuse(reason, "not a token (no '/?', %zu bytes)", length);
  *query = 0;
  token->endpoint = token->text;

  char *rest = NULL;
  for (char *p = strtok_r(query + 2, "&", &rest); p; p = strtok_r(NULL, "&", &rest)) {
    char *equals = strchr(p, '=');
    if (!equals) return refuse(reason, "parameter without '='");
    size_t name_length = (size_t)(equals - p);
    for (size_t i = 0; i < known_count; i++)
      if (strlen(known[i].name) == name_length && !memcmp(p, known[i].name, name_length)) {
        if (*known[i].value) return refuse(reason, "%s twice", known[i].name);
        *known[i].value = equals + 1;
      }
    if (token->signature == equals + 1) continue;
    if (token->count == PARAMETERS_MAX) return refuse(reason, "too many parameters");
    token->parameters[token->count++] = p;
  }
  for (size_t i = 0; i < known_count; i++)
    if (!*known[i].value)
      return refuse(reason, "token without %s (cut off? %zu bytes)", known[i].name, length);
  return true;
}

static bool token_check_fields(struct token *token, const char *login, char *reason) {
  if (strcmp(token->action, "connect")) return refuse(reason, "Action is not connect");
  if (strcmp(token->algorithm, "AWS4-HMAC-SHA256") || strcmp(token->signed_headers, "host") ||
      strlen(token->signature) != SHA256_HEX - 1)
    return refuse(reason, "algorithm, signed headers or length of the signature");

  if (!unescape(token->user, token->user_name, sizeof token->user_name))
    return refuse(reason, "encoding of DBUser");
  if (strcmp(token->user_name, login))
    return refuse(reason, "token is for DBUser '%s', login is '%s'", token->user_name, login);

  if (!unescape(token->credential, token->scope_text, sizeof token->scope_text))
    return refuse(reason, "encoding of X-Amz-Credential");
  char *parts[5], *rest = NULL, *part = strtok_r(token->scope_text, "/", &rest);
  int count = 0;
  for (; part && count < 5; part = strtok_r(NULL, "/", &rest)) parts[count++] = part;
  if (count != 5 || part || strcmp(parts[3], "rds-db") || strcmp(parts[4], "aws4_request"))
    return refuse(reason, "credential scope");
  token->key_id = parts[0], token->day = parts[1], token->region = parts[2];
  return true;
}

static bool token_check_time(const struct token *token, long skew, char *reason) {
  struct tm parsed = {0};
  char *end = strptime(token->date, "%Y%m%dT%H%M%SZ", &parsed);
  if (!end || *end || strlen(token->day) != 8 || strncmp(token->date, token->day, 8))
    return refuse(reason, "X-Amz-Date");
  time_t signed_at = timegm(&parsed), now = time(NULL);
  long lifetime = strtol(token->expires, &end, 10);
  if (*end || lifetime < 1 || lifetime > 900) return refuse(reason, "X-Amz-Expires");
  if (now > signed_at + lifetime)
    return refuse(reason, "token expired %ld s ago", (long)(now - signed_at - lifetime));
  if (signed_at > now + skew) return refuse(reason, "token is from the future");
  return true;
}

static bool keys_read(struct keys *keys, const struct token *token, const char *path,
                      char *reason) {
  *keys = (struct keys){.region_accepted = true, .skew = 300};
  FILE *file = path ? fopen(path, "re") : NULL;
  if (!file) return refuse(reason, "cannot open the keys file %s", path ? path : "(none)");
  char line[1024], word[16], a[256], b[256], c[256];
  while (fgets(line, sizeof line, file)) {
    int words = sscanf(line, "%15s %255s %255s %255s", word, a, b, c);
    if (words < 2) continue;
    if (!strcmp(word, "key") && words >= 3 && !strcmp(a, token->key_id)) {
      keys->known = true;
      memcpy(keys->secret, b, sizeof b);
    } else if (!strcmp(word, "allow") && words >= 3 && !strcmp(a, token->key_id) &&
               !fnmatch(b, token->user_name, 0) &&
               (words < 4 || !strcasecmp(c, token->endpoint))) {
      keys->allowed = true;
    } else if (!strcmp(word, "region")) {
      keys->region_accepted = !strcmp(a, token->region);
    } else if (!strcmp(word, "skew")) {
      keys->skew = atol(a);
    }
  }
  fclose(file);
  return true;
}

static int compare_parameters(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static void token_sign(struct token *token, const char *secret, char hex[SHA256_HEX]) {
  static const char empty_payload[] =
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  uint8_t digest[SHA256_SIZE];
  struct sha256 sha;

  // The canonical request: sorted parameters as they came, the host in lower case.
  qsort(token->parameters, (size_t)token->count, sizeof token->parameters[0], compare_parameters);
  sha256_init(&sha);
  sha256_string(&sha, "GET\n/\n");
  for (int i = 0; i < token->count; i++) {
    if (i > 0) sha256_string(&sha, "&");
    sha256_string(&sha, token->parameters[i]);
  }
  sha256_string(&sha, "\nhost:");
  for (const char *c = token->endpoint; *c; c++)
    sha256_update(&sha, &(char){(char)tolower((unsigned char)*c)}, 1);
  sha256_string(&sha, "\n\nhost\n");
  sha256_string(&sha, empty_payload);
  sha256_final(&sha, digest);
  sha256_hex(digest, hex);

  char to_sign[512], key[300];
  snprintf(to_sign, sizeof to_sign, "AWS4-HMAC-SHA256\n%.32s\n%s/%s/rds-db/aws4_request\n%s",
           token->date, token->day, token->region, hex);
  snprintf(key, sizeof key, "AWS4%s", secret);
  hmac_sha256(key, strlen(key), token->day, digest);
  hmac_sha256(digest, sizeof digest, token->region, digest);
  hmac_sha256(digest, sizeof digest, "rds-db", digest);
  hmac_sha256(digest, sizeof digest, "aws4_request", digest);
  hmac_sha256(digest, sizeof digest, to_sign, digest);
  sha256_hex(digest, hex);
}

// Is the token good for this login? If not, `reason` says why: for the server's
// log only, a client must not learn it.
static bool rds_iam_token_is_valid(const char *text, const char *login, const char *keys_path,
                                   char reason[REASON_MAX]) {
  struct token token;
  struct keys keys;
  char signature[SHA256_HEX];

  if (!token_split(&token, text, reason) || !token_check_fields(&token, login, reason) ||
      !keys_read(&keys, &token, keys_path, reason))
    return false;
  if (!keys.known) return refuse(reason, "unknown access key %s", token.key_id);
  if (!keys.region_accepted) return refuse(reason, "wrong region %s", token.region);
  token_sign(&token, keys.secret, signature);
  if (memcmp(signature, token.signature, SHA256_HEX - 1))
    return refuse(reason, "signature does not match (token of %zu bytes)", strlen(text));
  if (!token_check_time(&token, keys.skew, reason)) return false;
  if (!keys.allowed)
    return refuse(reason, "rds-db:connect is not allowed for %s as '%s' at %.300s", token.key_id,
                  token.user_name, token.endpoint);
  return true;
}

#endif
