@testable import StokerCore
import Testing

@Suite struct FamiliarNameTests {
    @Test(arguments: [
        ("app", "app:latest"), ("app:1", "app:1"), ("library/app", "app:latest"),
        ("docker.io/library/app:2", "app:2"), ("index.docker.io/library/app", "app:latest"),
        ("docker.io/acme/app", "acme/app:latest"), ("localhost:5000/app", "localhost:5000/app:latest"),
        ("localhost:5000/app:1", "localhost:5000/app:1"),
        ("ghcr.io/library/app", "ghcr.io/library/app:latest"),
        ("app@sha256:12", "app@sha256:12"), ("docker.io/library/app:1@sha256:12", "app:1@sha256:12"),
    ])
    func eachImageHasOneName(text: String, familiar: String) {
        #expect(FamiliarName.reference(text) == familiar)
    }
}
