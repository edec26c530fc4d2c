import CLibAV

/// libav writes its opinions to standard error unless told otherwise; ours travel as errors.
package enum LibAVLog {
  package static let silenced: Void = av_log_set_level(-8)
}
