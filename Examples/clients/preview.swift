// swiftc preview.swift && ./preview VIDEO: uploads a video of less than 64 MiB to a library, waits for its previews, prints the manifest.
// First: export ZOETROPE_LIBRARY=$(uuidgen) ZOETROPE_TOKEN=$(zoetrope token --user me --library $ZOETROPE_LIBRARY=owner)
import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

func send(_ method: String, _ address: String, _ body: Data? = nil, as token: String? = nil) async throws -> Data {
  var request = URLRequest(url: URL(string: address)!, timeoutInterval: 600)
  request.httpMethod = method
  request.httpBody = body
  if let token { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
  let (data, response) = try await URLSession.shared.data(for: request)
  let text = String(decoding: data, as: UTF8.self)
  guard let status = (response as? HTTPURLResponse)?.statusCode, status < 300 else { fatalError(text) }
  return data
}

struct Announced: Decodable {
  struct File: Decodable { var id: String }
  struct Upload: Decodable { var url: String }
  var file: File, upload: Upload
}

let environment = ProcessInfo.processInfo.environment, token = environment["ZOETROPE_TOKEN"]
let api = environment["ZOETROPE_API"] ?? "http://127.0.0.1:4568"
let files = "\(api)/api/libraries/\(environment["ZOETROPE_LIBRARY"] ?? "")/files"
let video = URL(filePath: CommandLine.arguments[1]), content = try Data(contentsOf: video)
let about = try JSONSerialization.data(withJSONObject: ["name": video.lastPathComponent, "size": content.count])
let made = try JSONDecoder().decode(Announced.self, from: await send("POST", files, about, as: token))
_ = try await send("PUT", made.upload.url, content)
// The stream of events ends with `done` or `failed`.
_ = try await send("GET", "\(files)/\(made.file.id)/events", as: token)
print(String(decoding: try await send("GET", "\(files)/\(made.file.id)/previews", as: token), as: UTF8.self))
