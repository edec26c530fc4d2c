import LambdaEvents
import Library
import LibraryAPI
import Testing

@Suite struct LibraryRouteTests {
  private let library = "11111111-1111-4111-8111-111111111111"
  private let file = "22222222-2222-4222-8222-222222222222"
  private var identity: FileIdentity { FileIdentity(libraryID: library, fileID: file) }

  private func route(_ method: String, _ path: String) -> Result<LibraryRoute, APIError> {
    do throws(APIError) { return .success(try LibraryRoute(method: method, path: path)) } catch {
      return .failure(error)
    }
  }

  private func status(_ method: String, _ path: String) -> Int? {
    if case .failure(let error) = route(method, path) { return error.status }
    return nil
  }

  @Test("the routes of the contract")
  func theRoutesOfTheContract() {
    let files = "/api/libraries/\(library)/files"
    #expect(route("GET", files) == .success(.list(library: library)))
    #expect(route("POST", files) == .success(.create(library: library)))
    #expect(route("PATCH", "\(files)/\(file)") == .success(.rename(identity)))
    #expect(route("DELETE", "\(files)/\(file)") == .success(.delete(identity)))
    #expect(route("POST", "\(files)/\(file)/content") == .success(.replace(identity)))
    #expect(route("GET", "\(files)/\(file)/events") == .success(.events(identity)))
    #expect(route("POST", "\(files)/\(file)/reprocess") == .success(.reprocess(identity)))
    #expect(route("HEAD", "\(files)/\(file)/thumbnail") == .success(.derivative(identity, .thumbnail, method: "GET")))
    #expect(route("POST", "\(files)/video-thumbnails/reprocess") == .success(.reprocessThumbnails(library: library)))
    #expect(route("GET", "/api/files/proxy/\(library)/\(file)/a%20b.jpg") == .success(.image(identity)))
    #expect(route("GET", "/api/files/proxy/\(library.uppercased())/\(file)/x") == .success(.image(identity)))
    #expect(route("GET", "/api/auth/users/a%2Fb/avatar") == .success(.avatar(user: "a/b")))
  }

  @Test("other paths and methods are refused")
  func otherPathsAndMethodsAreRefused() {
    #expect(status("GET", "/api/files/proxy/\(library)/\(file)") == 404)
    #expect(status("GET", "/api/files/proxy/x/\(file)/y") == 400)
    #expect(status("GET", "/api/files/proxy/\(library)/x/y") == 400)
    #expect(status("POST", "/api/files/proxy/\(library)/\(file)/y") == 405)
    #expect(status("PUT", "/api/libraries/\(library)/files") == 405)
    #expect(status("GET", "/api/libraries/x/files") == 400)
    #expect(status("GET", "/api/libraries/\(library)/files/\(file)/nothing") == 404)
    #expect(status("GET", "/other") == 404)
  }
}

@Suite struct UploadPlanTests {
  @Test(
    "there are never too many parts",
    arguments: [(Int64(1), Int64(16 << 20)), (5 << 40, 525 << 20), (160_000 << 20, 16 << 20)])
  func thereAreNeverTooManyParts(size: Int64, part: Int64) {
    #expect(UploadPlan.partSize(size) == part)
    #expect((size + part - 1) / part <= Int64(UploadPlan.maximumParts))
  }
}

@Suite struct CallerTests {
  private let keys = SessionKeys(keys: [])

  private func request(_ method: String, local: Bool?, token: String? = nil) -> HTTPEvent {
    var context = HTTPEvent.Context(http: .init(method: method, path: "/api/libraries/x/files"))
    context.zoetrope = local.map { .init(local: $0) }
    var event = HTTPEvent(rawPath: "/api/libraries/x/files", requestContext: context)
    event.headers["authorization"] = token.map { "Bearer \($0)" }
    return event
  }

  @Test("this machine's user owns every library")
  func thisMachinesUserOwnsEveryLibrary() throws {
    let session = try Caller.session(of: request("POST", local: true), keys: keys, now: 0)
    #expect(session.user == "local")
    #expect(session.role(in: "11111111-1111-4111-8111-111111111111") == .owner)
    // The password of the pages' port may stand where a token would.
    #expect(try Caller.session(of: request("GET", local: true, token: "password"), keys: keys, now: 0) == .local)
  }

  @Test("others need a session", arguments: [nil, false])
  func othersNeedASession(local: Bool?) {
    #expect(throws: APIError.noSession) { try Caller.session(of: request("GET", local: local), keys: keys, now: 0) }
  }
}
