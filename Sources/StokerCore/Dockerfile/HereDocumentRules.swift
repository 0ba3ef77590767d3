/// How front ends find here-documents, by the version of `docker/dockerfile` that brought each way.
///
/// Which front end reads a Dockerfile is not known: engines bring their own, and the legacy builder has the
/// parser of BuildKit at the time. So a Dockerfile that has one is read in all these ways.
enum HereDocumentRules: Int, CaseIterable {
    /// Before 1.3, as in engine 20.10: there are none, their lines are instructions.
    case none
    /// 1.3: words with `<<`, split as a shell does it. One `${a#b}` and there are none in the line.
    case words
    /// 1.7 knows `${a#b}`, `${a/b/c}` and their kin.
    case patterns
    /// 1.9: a word loses what stands before a `${a:-b}` in it.
    case shared
    /// 1.16: `<< EOF`.
    case spaced
}
