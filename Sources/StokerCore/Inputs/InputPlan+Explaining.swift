public import SystemPackage

extension InputPlan {
    /// Says of one path why it counts or not, in each build context that it lies in.
    ///
    /// - Parameter file: Absolute; links in it are taken as they are written.
    /// - Throws: As `InputScope.look`.
    public func explanation(of file: FilePath) throws -> PathExplanation {
        let file = file.lexicallyNormalized()
        var reasons: [PathExplanation.Reason] = []
        if file == image.dockerfile {
            reasons.append(
                .init(.dockerfile, file: file.string, "it is the Dockerfile, whose bytes always count"))
        }
        if file == ignoreFile?.path {
            reasons.append(
                .init(.ignoreFile, file: file.string, "it is the ignore file, which decides what counts"))
        }
        let status = try? FileStatus.of(file.string)
        for (name, scope) in [("", main)] + contexts.sorted(by: { $0.key < $1.key }) {
            guard let path = file == scope.root ? .root : BytePath(of: file, in: scope.root) else { continue }
            reasons += try scope.reasons(for: path, context: name, dockerfile: image.dockerfile)
        }
        let counting = reasons.filter { InputPlan.counting.contains($0.code) }
        if !counting.isEmpty { reasons = counting }
        if reasons.isEmpty {
            reasons = [.init(.outside, "it lies in no build context of the image \(image.name)")]
        }
        return PathExplanation(
            path: file.string, isInput: !counting.isEmpty,
            isThere: status != nil, reasons: reasons)
    }

    private static let counting: Set<PathExplanation.Code> = [.dockerfile, .ignoreFile, .read, .everything]
}

extension InputScope {
    fileprivate func reasons(
        for path: BytePath, context: String, dockerfile: FilePath
    ) throws -> [PathExplanation.Reason] {
        func reason(
            _ code: PathExplanation.Code, _ file: String?, _ line: Int?, _ words: String
        ) -> PathExplanation.Reason {
            PathExplanation.Reason(code, context: context, file: file, line: line, words)
        }
        if isOwn(path) { return [reason(.own, nil, nil, "it is Stoker's own file, which never counts")] }
        let ignoring = matcher.explanation(path)
        let line = ignoring.pattern.map { pattern in
            "\(matcher.name):\(pattern.line) (`\(pattern.isException ? "!" : "")\(BytePath(bytes: pattern.text))`)"
        }
        if ignoring.isExcluded {
            return [
                reason(
                    .ignored, matcher.name, ignoring.pattern?.line, "\(line ?? matcher.name) leaves it out")
            ]
        }
        let back = line.map { "; \($0) brings it back" } ?? ""
        let reads = try look().reads
        if let widened = reads.widened {
            let place = widened.line.map { " (\(dockerfile):\($0))" } ?? ""
            return [
                reason(
                    .everything, dockerfile.string, widened.line,
                    "the whole build context counts, since \(widened.words)\(place)\(back)")
            ]
        }
        let finding = reads.finding(path)
        if !finding.readers.isEmpty {
            return finding.readers.map { reader in
                let link = reader.link.map { " through the link \($0)" } ?? ""
                return reason(
                    .read, dockerfile.string, reader.read.line,
                    "\(reader.read.instruction) of `\(reader.read.source)` reads it\(link) (\(dockerfile):\(reader.read.line))\(back)"
                )
            }
        }
        if let reader = finding.excluding {
            return [
                reason(
                    .excluded, dockerfile.string, reader.read.line,
                    "--exclude of \(dockerfile):\(reader.read.line) leaves it out")
            ]
        }
        if let reader = finding.passing {
            return [
                reason(
                    .passed, dockerfile.string, reader.read.line,
                    "it is only on the way to `\(reader.read.source)` (\(dockerfile):\(reader.read.line)), which must find it there; nothing else of it counts"
                )
            ]
        }
        return [
            reason(.unread, dockerfile.string, nil, "no instruction of \(dockerfile) that counts reads it")
        ]
    }
}
