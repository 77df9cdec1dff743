/* Digests, ciphers and signatures against known answers: what OpenSSL computes with assembly for the most part. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

static void hex(const char *name, const unsigned char *b, size_t n)
{
	printf("%s ", name);
	for (size_t i = 0; i < n; i++)
		printf("%02x", b[i]);
	puts("");
}

/* FIPS 180-4, FIPS 202 and RFC 1321: "abc". */
static void digest(const char *name)
{
	unsigned char out[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	if (!EVP_Digest("abc", 3, out, &n, EVP_get_digestbyname(name), NULL))
		ERR_print_errors_fp(stdout);
	hex(name, out, n);
}

/* The Galois/Counter Mode of Operation, test case 2: one block of zeros. */
static void gcm(void)
{
	unsigned char key[16] = {0}, iv[12] = {0}, in[16] = {0}, out[32], tag[16];
	int n;
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	EVP_EncryptInit_ex(c, EVP_aes_128_gcm(), NULL, key, iv);
	EVP_EncryptUpdate(c, out, &n, in, sizeof in);
	EVP_EncryptFinal_ex(c, out + n, &n);
	EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, 16, tag);
	EVP_CIPHER_CTX_free(c);
	hex("aes-128-gcm", out, 16);
	hex("tag", tag, 16);
}

/* RFC 8032, 7.1, test 2: signs the byte 0x72. */
static void ed25519(void)
{
	static const unsigned char secret[32] = {
		0x4c, 0xcd, 0x08, 0x9b, 0x28, 0xff, 0x96, 0xda, 0x9d, 0xb6, 0xc3, 0x46, 0xec, 0x11, 0x4e, 0x0f,
		0x5b, 0x8a, 0x31, 0x9f, 0x35, 0xab, 0xa6, 0x24, 0xda, 0x8c, 0xf6, 0xed, 0x4f, 0xb8, 0xa6, 0xfb};
	unsigned char signature[64], message[1] = {0x72};
	size_t n = sizeof signature;
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret, sizeof secret);
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	EVP_DigestSignInit(c, NULL, NULL, NULL, key);
	EVP_DigestSign(c, signature, &n, message, 1);
	EVP_MD_CTX_free(c);
	hex("ed25519", signature, n);
	c = EVP_MD_CTX_new();
	EVP_DigestVerifyInit(c, NULL, NULL, NULL, key);
	message[0]++;
	printf("forged %d\n", EVP_DigestVerify(c, signature, n, message, 1));
	EVP_MD_CTX_free(c);
	EVP_PKEY_free(key);
}

/* RFC 6979, A.2.5: P-256 with SHA-256, message "sample". */
static void p256(void)
{
	BIGNUM *r = NULL, *s = NULL, *d = NULL;
	BN_hex2bn(&r, "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716");
	BN_hex2bn(&s, "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8");
	BN_hex2bn(&d, "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721");
	EC_KEY *key = EC_KEY_new_by_curve_name(NID_X9_62_prime256v1);
	EC_POINT *q = EC_POINT_new(EC_KEY_get0_group(key));
	EC_POINT_mul(EC_KEY_get0_group(key), q, d, NULL, NULL, NULL);
	EC_KEY_set_public_key(key, q);
	char *x = EC_POINT_point2hex(EC_KEY_get0_group(key), q, POINT_CONVERSION_COMPRESSED, NULL);
	printf("p256 %s\n", x);
	ECDSA_SIG *sig = ECDSA_SIG_new();
	ECDSA_SIG_set0(sig, r, s);
	unsigned char h[32];
	SHA256((const unsigned char *)"sample", 6, h);
	printf("verified %d", ECDSA_do_verify(h, sizeof h, sig, key));
	h[0]++;
	printf(" forged %d\n", ECDSA_do_verify(h, sizeof h, sig, key));
	ECDSA_SIG_free(sig);
	OPENSSL_free(x);
	EC_POINT_free(q);
	EC_KEY_free(key);
	BN_free(d);
}

/* Fermat with the 2048-bit prime of RFC 3526, and an RSA key that is made, signs and verifies. */
static void rsa(void)
{
	BN_CTX *c = BN_CTX_new();
	BIGNUM *p = BN_get_rfc3526_prime_2048(NULL), *e = BN_dup(p), *b = BN_new(), *r = BN_new();
	BN_sub_word(e, 1);
	BN_set_word(b, 3);
	BN_mod_exp(r, b, e, p, c);
	printf("fermat %d\n", BN_is_one(r));
	BN_free(p), BN_free(e), BN_free(b), BN_free(r), BN_CTX_free(c);

	EVP_PKEY *key = EVP_RSA_gen(1024);
	unsigned char signature[128];
	size_t n = sizeof signature;
	EVP_MD_CTX *m = EVP_MD_CTX_new();
	EVP_DigestSignInit(m, NULL, EVP_sha256(), NULL, key);
	EVP_DigestSign(m, signature, &n, (const unsigned char *)"abc", 3);
	EVP_MD_CTX_free(m);
	m = EVP_MD_CTX_new();
	EVP_DigestVerifyInit(m, NULL, EVP_sha256(), NULL, key);
	printf("rsa %zu %d\n", n, EVP_DigestVerify(m, signature, n, (const unsigned char *)"abc", 3));
	EVP_MD_CTX_free(m);
	EVP_PKEY_free(key);
}

int main(void)
{
	const char *cpu = OPENSSL_info(OPENSSL_INFO_CPU_SETTINGS);
	printf("processor known: %d\n", cpu && !strstr(cpu, "=0x0:0x0"));
	digest("MD5");
	digest("SHA1");
	digest("SHA256");
	digest("SHA512");
	digest("SHA3-256");
	digest("BLAKE2b512");
	gcm();
	ed25519();
	p256();
	rsa();
	return 0;
}
