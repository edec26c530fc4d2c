#pragma once
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

// Macros, which Swift does not see.
static inline long zt_tls_set_minimum_version(SSL_CTX *context, int version) {
  return SSL_CTX_set_min_proto_version(context, version);
}

static inline long zt_tls_set_name(SSL *session, const char *name) {
  return SSL_set_tlsext_host_name(session, name);
}

// The certificate must be of that IP address.
static inline int zt_tls_expect_address(SSL *session, const char *address) {
  return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), address);
}
