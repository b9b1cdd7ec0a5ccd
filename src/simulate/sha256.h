// SHA-256 (FIPS 180-4), for the hash by which customs confirm a declaration. Small and slow: the
// simulator stands on no cryptographic library.
#pragma once
#include <stddef.h>

enum { SHA256_TEXT_MAX = 65 };

// As 64 hexadecimal digits, ended.
void sha256_text(const void *bytes, size_t length, char out[SHA256_TEXT_MAX]);
