import CLibAV
import CLibAVFilter
import LibAV
import MediaTypes

/// A chain of libavfilter's filters between decoder and encoder.
final class FrameFilter {
  private var graph: UnsafeMutablePointer<AVFilterGraph>?
  private var source: UnsafeMutablePointer<AVFilterContext>?
  private var sink: UnsafeMutablePointer<AVFilterContext>?
  private let timeBase: AVRational

  /// - Parameters:
  ///   - description: the filters, as libavfilter writes them.
  ///   - frame: what the pictures look like.
  ///   - timeBase: of the pictures' times.
  init(_ description: String, like frame: Frame, timeBase: AVRational, threads: Int) throws(MediaError) {
    self.timeBase = timeBase
    graph = avfilter_graph_alloc()
    guard let graph else { throw MediaError(.encodeFailed, "no memory for the filters") }
    graph.pointee.nb_threads = Int32(threads)
    let raw = frame.raw.pointee
    let input =
      "video_size=\(raw.width)x\(raw.height):pix_fmt=\(raw.format):time_base=\(timeBase.num)/\(timeBase.den)"
      + ":pixel_aspect=1/1"
    var status = avfilter_graph_create_filter(&source, avfilter_get_by_name("buffer"), "in", input, nil, graph)
    if status >= 0 {
      status = avfilter_graph_create_filter(&sink, avfilter_get_by_name("buffersink"), "out", nil, nil, graph)
    }
    if status >= 0 {
      var outputs = avfilter_inout_alloc()
      var inputs = avfilter_inout_alloc()
      defer {
        avfilter_inout_free(&outputs)
        avfilter_inout_free(&inputs)
      }
      outputs?.pointee.name = av_strdup("in")
      outputs?.pointee.filter_ctx = source
      inputs?.pointee.name = av_strdup("out")
      inputs?.pointee.filter_ctx = sink
      status = avfilter_graph_parse_ptr(graph, description, &inputs, &outputs, nil)
    }
    if status >= 0 { status = avfilter_graph_config(graph, nil) }
    guard status >= 0 else {
      throw MediaError(.encodeFailed, "the pictures cannot be converted (\(description)): \(LibAVError(status))")
    }
  }

  deinit { avfilter_graph_free(&graph) }

  /// Takes a picture, or with `nil` the end, and hands over what comes out; times are in the time base of those put in.
  func run(_ frame: Frame?, _ take: (Frame) throws -> Void) throws {
    // The filters take their own reference.
    let status = av_buffersrc_add_frame_flags(source, frame?.raw, Int32(AV_BUFFERSRC_FLAG_KEEP_REF))
    guard status >= 0 else {
      throw MediaError(.encodeFailed, "a picture cannot be converted: \(LibAVError(status))")
    }
    while true {
      let out = try Frame()
      let status = av_buffersink_get_frame(sink, out.raw)
      if status == zt_error_again || status == zt_error_eof { return }
      guard status >= 0 else {
        throw MediaError(.encodeFailed, "a picture cannot be converted: \(LibAVError(status))")
      }
      out.raw.pointee.pts = av_rescale_q(out.raw.pointee.pts, av_buffersink_get_time_base(sink), timeBase)
      try take(out)
    }
  }
}
