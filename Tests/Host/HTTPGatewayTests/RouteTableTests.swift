import HTTPGateway
import HTTPTypes
import Testing

@Suite("Routes, as API Gateway chooses among them")
struct RouteTableTests {
  private static func table(_ keys: [String]) -> RouteTable {
    RouteTable(
      keys.map { key in
        let parts = key.split(separator: " ").map(String.init)
        let target = GatewayTarget(function: key, apiID: "api")
        return parts.count == 1
          ? GatewayRoute(method: nil, path: parts[0], target: target)
          : GatewayRoute(method: parts[0] == "ANY" ? nil : parts[0], path: parts[1], target: target)
      })
  }

  /// The example of API Gateway's documentation, in an order that helps nothing.
  private static let documented = table([
    "$default", "ANY /{proxy+}", "GET /pets/{proxy+}", "GET /pets/dog/{id}", "GET /pets/dog/1",
  ])

  @Test(arguments: [
    ("GET", "/pets/dog/1", "GET /pets/dog/1"), ("GET", "/pets/dog/2", "GET /pets/dog/{id}"),
    ("GET", "/pets/cat/1", "GET /pets/{proxy+}"), ("POST", "/test/5", "ANY /{proxy+}"), ("GET", "/", "$default"),
    ("POST", "/pets/dog/1", "ANY /{proxy+}"), ("GET", "/pets/dog/1/", "GET /pets/{proxy+}"),
  ])
  func theMostSpecificRouteIsTaken(_ method: String, _ path: String, _ route: String) {
    #expect(Self.documented.match(method: method, path: path)?.routeKey == route)
  }

  @Test("a method goes before any method")
  func aMethodGoesBeforeAnyMethod() {
    let table = Self.table(["ANY /a", "GET /a", "GET /{x}", "ANY /a/b"])
    #expect(table.match(method: "GET", path: "/a")?.routeKey == "GET /a")
    #expect(table.match(method: "PUT", path: "/a")?.routeKey == "ANY /a")
    #expect(table.match(method: "PUT", path: "/b") == nil)
    #expect(table.match(method: "PUT", path: "/a/b")?.routeKey == "ANY /a/b")
  }

  @Test("variables are decoded")
  func variablesAreDecoded() {
    let table = Self.table(["GET /a/{one}/b/{two}", "GET /f/{rest+}", "GET /ü"])
    #expect(
      table.match(method: "GET", path: "/a/x%2Fy/b/%C3%BC")?.pathParameters == ["one": "x/y", "two": "ü"])
    #expect(table.match(method: "GET", path: "/f/a/b%20c/")?.pathParameters == ["rest": "a/b c/"])
    #expect(table.match(method: "GET", path: "/%C3%BC") != nil)
    for path in ["/a//b/c", "/a/%zz/b/c", "/f/", "/f", "/a/x/b", "/a/%FF/b/c"] {
      #expect(table.match(method: "GET", path: path) == nil, "\(path)")
    }
  }

  @Test(
    "an address says which function is meant",
    arguments: [
      ("/x?y=1", "h", nil, "/x"), ("/_url/Fn/x", "h", "Fn", "/x"), ("/_url/Fn", "h", "Fn", "/"),
      ("/a/b", "Fn.lambda-url.localhost:4568", "Fn", "/a/b"), ("http://other:1/z", "h", nil, "/z"),
    ] as [(String, String, String?, String)])
  func anAddressSaysWhichFunctionIsMeant(_ target: String, _ host: String, _ function: String?, _ path: String) throws {
    let address = try #require(
      RequestAddress(HTTPRequest(method: .get, scheme: "http", authority: host, path: target)))
    #expect(address.function == function)
    #expect(address.path == path)
  }

  @Test("targets that are no paths are refused", arguments: ["x", "", "/a b", "*", "https://x/", "//x#y"])
  func targetsThatAreNoPathsAreRefused(_ target: String) {
    #expect(RequestAddress(HTTPRequest(method: .get, scheme: "http", authority: "h", path: target)) == nil)
  }

  @Test("hosts that are none are refused", arguments: [nil, "", "a b", "a@b", "a/b"] as [String?])
  func hostsThatAreNoneAreRefused(_ host: String?) {
    #expect(RequestAddress(HTTPRequest(method: .get, scheme: "http", authority: host, path: "/")) == nil)
  }
}
