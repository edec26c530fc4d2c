import AudioDecoding
import Audio
package import LambdaEvents
import MediaTypes

/// Decides on the head of a request and the first bytes of its body, before the rest is read.
package enum BodyCheck {
  /// - Returns: status 100, or the refusal.
  package static func answer(
    _ event: HTTPEvent, _ route: TranscodeRoute = .transcode, settings: TranscoderSettings
  ) -> HTTPResult {
    do {
      try check(event, route, settings: settings)
      return .accepted
    } catch {
      return error.answer
    }
  }

  private static func check(
    _ event: HTTPEvent, _ route: TranscodeRoute, settings: TranscoderSettings
  ) throws(TranscodeProblem) {
    if let refusal = TranscoderAccess.refusal(event, key: settings.key) { throw refusal }
    if route == .beginUpload { return }
    _ = try TranscodeParameters(event)
    // The file was sent before.
    if event.query("upload").last != nil { return }
    if let length = event.header("content-length").flatMap({ Int($0) }), length > settings.maximumUpload {
      throw TranscodeProblem(413, "the upload has \(length) bytes; at most \(settings.maximumUpload) are taken")
    }
    let form: MultipartForm
    do {
      form = try MultipartForm(event.body ?? [], contentType: event.header("content-type"), isWhole: false)
    } catch {
      throw TranscodeProblem(400, error.message)
    }
    if form.isComplete, !form.parts.contains(where: { $0.name == "file" }) {
      throw TranscodeProblem(400, "the body has no part named 'file'")
    }
    guard let file = form.parts.first(where: { $0.name == "file" }) else { return }
    if file.isComplete, file.body.isEmpty { throw TranscodeProblem(400, "the part named 'file' is empty") }
    guard file.isComplete || file.body.count >= 4096 else { return }
    guard AudioSniffer.mayBeAudio(Array(file.body), isWhole: file.isComplete) else {
      throw TranscodeProblem(400, "the file is not audio in any known container")
    }
  }
}
