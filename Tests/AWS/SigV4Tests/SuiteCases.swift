import Testing

/// A case of AWS's "Signature Version 4 test suite", published with the AWS General Reference until 2021. Left out are
/// folded header lines, which HTTP has since forbidden, and a token added after signing.
struct SuiteCase: Sendable, CustomTestStringConvertible {
  let name: String
  let method: String
  let path: String
  var query = ""
  var headers: [(name: String, value: String)] = []
  var body = ""
  let signature: String

  var testDescription: String { name }

  static let all: [SuiteCase] = [
    SuiteCase(
      name: "get-header-key-duplicate", method: "GET",
      path: "/",
      headers: [("My-Header1", "value2"), ("My-Header1", "value2"), ("My-Header1", "value1")],
      signature: "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"),
    SuiteCase(
      name: "get-header-value-order", method: "GET",
      path: "/",
      headers: [
        ("My-Header1", "value4"), ("My-Header1", "value1"), ("My-Header1", "value3"), ("My-Header1", "value2"),
      ],
      signature: "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01"),
    SuiteCase(
      name: "get-header-value-trim", method: "GET",
      path: "/",
      headers: [("My-Header1", "value1"), ("My-Header2", "\"a   b   c\"")],
      signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"),
    SuiteCase(
      name: "get-unreserved", method: "GET",
      path: "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
      signature: "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"),
    SuiteCase(
      name: "get-vanilla", method: "GET",
      path: "/",
      signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    SuiteCase(
      name: "get-vanilla-empty-query-key", method: "GET",
      path: "/",
      query: "Param1=value1",
      signature: "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"),
    SuiteCase(
      name: "get-vanilla-query-order-key", method: "GET",
      path: "/",
      query: "Param1=value2&Param1=Value1",
      signature: "eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1"),
    SuiteCase(
      name: "get-vanilla-query-order-key-case", method: "GET",
      path: "/",
      query: "Param2=value2&Param1=value1",
      signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
    SuiteCase(
      name: "get-vanilla-query-order-value", method: "GET",
      path: "/",
      query: "Param1=value2&Param1=value1",
      signature: "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694"),
    SuiteCase(
      name: "get-vanilla-query-unreserved", method: "GET",
      path: "/",
      query: "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
        + "=-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
      signature: "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"),
    SuiteCase(
      name: "get-vanilla-utf8-query", method: "GET",
      path: "/",
      query: "ሴ=bar",
      signature: "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"),
    SuiteCase(
      name: "post-header-key-case", method: "POST",
      path: "/",
      signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
    SuiteCase(
      name: "post-header-key-sort", method: "POST",
      path: "/",
      headers: [("My-Header1", "value1")],
      signature: "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"),
    SuiteCase(
      name: "post-header-value-case", method: "POST",
      path: "/",
      headers: [("My-Header1", "VALUE1")],
      signature: "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d"),
    SuiteCase(
      name: "post-vanilla", method: "POST",
      path: "/",
      signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
    SuiteCase(
      name: "post-vanilla-empty-query-value", method: "POST",
      path: "/",
      query: "Param1=value1",
      signature: "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"),
    SuiteCase(
      name: "post-vanilla-query", method: "POST",
      path: "/",
      query: "Param1=value1",
      signature: "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"),
    SuiteCase(
      name: "post-x-www-form-urlencoded", method: "POST",
      path: "/",
      headers: [("Content-Type", "application/x-www-form-urlencoded")],
      body: "Param1=value1",
      signature: "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"),
    SuiteCase(
      name: "post-x-www-form-urlencoded-parameters", method: "POST",
      path: "/",
      headers: [("Content-Type", "application/x-www-form-urlencoded; charset=utf8")],
      body: "Param1=value1",
      signature: "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe"),
    SuiteCase(
      name: "get-relative", method: "GET",
      path: "/example/..",
      signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    SuiteCase(
      name: "get-relative-relative", method: "GET",
      path: "/example1/example2/../..",
      signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    SuiteCase(
      name: "get-slash", method: "GET",
      path: "//",
      signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    SuiteCase(
      name: "get-slash-dot-slash", method: "GET",
      path: "/./",
      signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    SuiteCase(
      name: "get-slash-pointless-dot", method: "GET",
      path: "/./example",
      signature: "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5"),
    SuiteCase(
      name: "get-slashes", method: "GET",
      path: "//example//",
      signature: "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"),
  ]
}
