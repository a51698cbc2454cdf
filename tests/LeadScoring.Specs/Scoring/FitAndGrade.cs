using LeadScoring.Domain;
using LeadScoring.Domain.Scoring;

namespace LeadScoring.Specs.Scoring;

/// <summary>Fit under the default model.</summary>
public sealed class FitAndGrade
{
    [Theory]
    [InlineData(null, null, null, null, 0, Grade.C)]
    [InlineData("vp", null, null, null, 30, Grade.B)]
    [InlineData("C_Level", 200.0, "IT", null, 70, Grade.A)]
    [InlineData("director", 200.0, null, null, 60, Grade.A)]
    [InlineData("director", 199.0, "marketing", null, 50, Grade.B)]
    [InlineData("manager", 20.0, null, null, 25, Grade.C)]
    [InlineData("head", null, "sales", null, 25, Grade.C)]
    [InlineData(null, 19.0, null, null, 0, Grade.C)]
    [InlineData(null, 5.0, null, null, 0, Grade.C)]
    [InlineData(null, 4.0, null, null, -20, Grade.D)]
    [InlineData("intern", 500.0, "operations", null, 0, Grade.C)]
    [InlineData("student", null, null, null, -40, Grade.D)]
    [InlineData("vp", 500.0, "it", "competitor", -30, Grade.D)]
    [InlineData("gardener", null, "garden", "partner", 0, Grade.C)]
    public void Fit_points_add_up_to_a_grade(
        string? seniority, double? companySize, string? department, string? relationship, double fit, Grade grade)
    {
        var attributes = new Dictionary<string, Scalar>();
        if (seniority is not null) attributes["seniority"] = Scalar.Of(seniority);
        if (companySize is { } size) attributes["company_size"] = Scalar.Of(size);
        if (department is not null) attributes["department"] = Scalar.Of(department);
        if (relationship is not null) attributes["relationship"] = Scalar.Of(relationship);

        Model.FitOf(attributes).ShouldBe(fit);
        Model.GradeOf(fit).ShouldBe(grade);
    }

    [Theory]
    [InlineData(1000, Grade.A)]
    [InlineData(60, Grade.A)]
    [InlineData(59.999, Grade.B)]
    [InlineData(30, Grade.B)]
    [InlineData(29.999, Grade.C)]
    [InlineData(0, Grade.C)]
    [InlineData(-0.001, Grade.D)]
    public void A_cut_off_belongs_to_the_better_grade(double fit, Grade grade) => Model.GradeOf(fit).ShouldBe(grade);

    [Fact]
    public void A_size_given_as_text_is_not_a_number() =>
        Model.FitOf(new Dictionary<string, Scalar> { ["company_size"] = Scalar.Of("500") }).ShouldBe(0);
}
