// A day with the official JavaScript client: each step throws where the answer is not what its
// types promise. The address and the admin key come from the environment. Prints what was done.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { ApiKeysApi, Configuration } from "@ory/client";

const { SERVER: basePath, KEY: accessToken } = process.env;
const api = new ApiKeysApi(new Configuration({ basePath, accessToken }));
const anybody = new ApiKeysApi(new Configuration({ basePath }));
const REASON = "REVOCATION_REASON_KEY_COMPROMISE";

const verify = async (credential, more = {}) =>
  (await api.adminVerifyApiKey({ verifyApiKeyRequest: { credential, ...more } })).data;

async function refused(call, status, reason) {
  const { response } = await call.then(
    () => assert.fail(`answered, where ${status} was due`),
    (error) => error,
  );
  assert.equal(response.status, status);
  const { error } = response.data;
  assert.equal(error.code, status);
  assert.equal(error.details[0].reason, reason);
  assert.equal(error.details[0].domain, "www.ory.com/talos");
}

const actor = randomUUID();
const issueApiKeyRequest = {
  name: "backend",
  actor_id: actor,
  scopes: ["a", "b"],
  ttl: "1h",
  metadata: { plan: "gold" },
  rate_limit_policy: { quota: "100", window: "60s" },
  ip_restriction: { allowed_cidrs: ["127.0.0.0/8"] },
};

const steps = {
  async issue() {
    const { status, data, headers } = await api.adminIssueApiKey({ issueApiKeyRequest });
    assert.equal(status, 201);
    const path = `/v2alpha1/admin/issuedApiKeys/${data.issued_api_key.key_id}`;
    assert.equal(headers.get("Location"), path);
    Object.assign(this, { id: data.issued_api_key.key_id, secret: data.secret });
  },
  async get() {
    const { data } = await api.adminGetIssuedApiKey({ keyId: this.id });
    assert.deepEqual([data.actor_id, data.status], [actor, "KEY_STATUS_ACTIVE"]);
    assert.deepEqual(data.metadata, { plan: "gold" });
    assert.equal(data.rate_limit_policy.quota, "100");
  },
  async list() {
    const ids = [this.id];
    for (let each = 0; each < 4; each++) {
      const { data } = await api.adminIssueApiKey({ issueApiKeyRequest });
      ids.push(data.issued_api_key.key_id);
    }
    const filter = `actor_id="${actor}" AND status=KEY_STATUS_ACTIVE`;
    const listed = [];
    let pageToken;
    do {
      const { data } = await api.adminListIssuedApiKeys({ pageSize: 2, pageToken, filter });
      listed.push(...data.issued_api_keys.map((key) => key.key_id));
      pageToken = data.next_page_token;
    } while (pageToken);
    assert.deepEqual(listed, ids.sort().reverse());
  },
  async update() {
    const { data } = await api.adminUpdateIssuedApiKey({
      keyId: this.id,
      updateMask: "name,rateLimitPolicy",
      adminUpdateIssuedApiKeyRequest: { name: "new", scopes: ["c"] },
    });
    assert.deepEqual([data.name, data.rate_limit_policy], ["new", null]);
    assert.deepEqual(data.scopes, ["a", "b"]);
  },
  async verify() {
    const told = await verify(this.secret);
    assert.deepEqual([told.is_valid, told.key_id], [true, this.id]);
    const mismatch = await verify(this.secret, { expected_audiences: ["me"] });
    assert.equal(mismatch.error_code, "VERIFICATION_ERROR_AUDIENCE_MISMATCH");
  },
  async derive() {
    this.derived = {};
    for (const algorithm of ["TOKEN_ALGORITHM_JWT", "TOKEN_ALGORITHM_MACAROON"]) {
      const deriveTokenRequest = { credential: this.secret, algorithm, scopes: ["a"], ttl: "60s" };
      const { data } = await api.adminDeriveToken({ deriveTokenRequest });
      const told = await verify(data.token.token);
      assert.deepEqual([told.is_valid, told.scopes], [true, ["a"]]);
      this.derived[algorithm] = data.token.token;
    }
  },
  async batchVerify() {
    const credentials = [this.secret, ...Object.values(this.derived), "nonsense", ""];
    const requests = credentials.map((credential) => ({ credential }));
    const { data } = await api.adminBatchVerifyApiKeys({ batchVerifyApiKeysRequest: { requests } });
    const valid = data.results.map((each) => each.is_valid);
    assert.deepEqual(valid, [true, true, true, false, false]);
    assert.equal(data.results[3].error_code, "VERIFICATION_ERROR_NOT_FOUND");
    assert.equal(data.results[4].error_code, "VERIFICATION_ERROR_INVALID_FORMAT");
  },
  async rotate() {
    const { status, data } = await api.adminRotateIssuedApiKey({
      keyId: this.id,
      adminRotateIssuedApiKeyBody: {},
    });
    assert.equal(status, 201);
    assert.equal(data.old_issued_api_key.status, "KEY_STATUS_REVOKED");
    assert.equal((await verify(this.secret)).error_code, "VERIFICATION_ERROR_REVOKED");
    Object.assign(this, { id: data.issued_api_key.key_id, secret: data.secret });
  },
  async revoke() {
    const body = { keyId: this.id, adminRevokeIssuedApiKeyBody: { reason: REASON } };
    assert.equal((await api.adminRevokeIssuedApiKey(body)).status, 204);
    assert.equal((await verify(this.secret)).is_valid, false);
    await refused(api.adminRevokeIssuedApiKey(body), 409, "CONFLICT");
  },
  async import() {
    const one = { raw_key: randomUUID(), name: "legacy", actor_id: actor };
    const { status } = await api.adminImportApiKey({ importApiKeyRequest: one });
    assert.equal(status, 201);
    const requests = [one, { ...one, raw_key: randomUUID() }];
    const batch = { batchCreateImportedApiKeysRequest: { requests } };
    const { data } = await api.adminBatchCreateImportedApiKeys(batch);
    assert.deepEqual([data.success_count, data.failure_count], [1, 1]);
    this.raw = one.raw_key;
  },
  async selfRevoke() {
    for (const each of [anybody, api]) {
      const selfRevokeApiKeyRequest = { credential: this.raw, reason: REASON };
      const { status, data } = await each.revokeApiKey({ selfRevokeApiKeyRequest });
      assert.deepEqual([status, data], [200, {}]);
    }
    assert.equal((await verify(this.raw)).error_code, "VERIFICATION_ERROR_REVOKED");
  },
  async jwks() {
    const { data } = await anybody.getJwks();
    assert.ok(data.jwks.keys.every((key) => key.kid && key.kty));
  },
  async refusals() {
    await refused(api.adminGetIssuedApiKey({ keyId: randomUUID() }), 404, "API_KEY_NOT_FOUND");
    const bad = { issueApiKeyRequest: { ttl: "soon" } };
    await refused(api.adminIssueApiKey(bad), 400, "BAD_REQUEST");
    await refused(anybody.adminIssueApiKey({ issueApiKeyRequest }), 401, "UNAUTHORIZED");
  },
};

const state = {};
const done = [];
for (const [name, step] of Object.entries(steps)) {
  await step.call(state);
  done.push(name);
}
console.log(JSON.stringify(done));
