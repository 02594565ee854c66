// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <bit>
#include <cmath>
#include <csignal>
#include <cstring>
#include <limits>

#include "minnow/error.hpp"
#include "minnow/model.hpp"
#include "src/io/safetensors.hpp"
#include "tests/support/files.hpp"
#include "tests/support/safetensors_bytes.hpp"

namespace minnow {
namespace {

using test::expect_error;
using test::safetensors_bytes;
using test::write_file;

Layer dense(const std::string& name, int units, const std::string& activation) {
  Layer layer;
  layer.name = name;
  layer.units = units;
  layer.activation = parse_activation(activation);
  return layer;
}

/// Every kind of layer, parameters of activations and initializers, a single input: w[1, 3] beside b[3].
Network every_layer() {
  Network network;
  network.inputs = 1;
  network.layers = {dense("first", 3, "leaky_relu(0.3)"), Layer{}, Layer{}, dense("", 2, "softmax")};
  network.layers[0].weights = parse_initializer("normal(0,0.01)");
  network.layers[0].biases = parse_initializer("constant(0.1)");
  network.layers[1].kind = LayerKind::activation;
  network.layers[1].activation = parse_activation("hardtanh(-1.5,2.5)");
  network.layers[2].kind = LayerKind::dropout;
  network.layers[2].rate = 0.2f;
  return network;
}

class ModelFile : public testing::Test {
 protected:
  /// 2-2-1, six weights and three biases, as any program could have written it.
  static std::string document(std::string_view layers) {
    return R"({"format":1,"seed":5,"inputs":2,"layers":[)" + std::string(layers) +
           R"(],"preprocessing":{"scale":1,"shift":0}})";
  }
  static std::string layer(std::string_view name, std::string_view units) {
    return R"({"kind":"dense","name":")" + std::string(name) + R"(","units":)" + std::string(units) +
           R"(,"activation":"relu","weights":"zeros","biases":"zeros"})";
  }
  static std::string two_layers() { return layer("a", "2") + "," + layer("b", "1"); }
  void write(std::string_view document_text, const std::vector<engine::TensorToStore>& tensors) {
    engine::write_safetensors(path_, {{"minnow", std::string(document_text)}}, tensors);
  }
  std::vector<engine::TensorToStore> tensors() {
    const std::span<const float> values(values_);
    return {{"a.weight", {2, 2}, values.first(4)},
            {"a.bias", {2}, values.subspan(4, 2)},
            {"b.weight", {2, 1}, values.subspan(6, 2)},
            {"b.bias", {1}, values.subspan(8, 1)}};
  }
  void expect_load_refused(std::initializer_list<std::string_view> words) {
    expect_error<ModelError>([&] { Model::load(path_); }, words);
    expect_error<ModelError>([&] { Model::load(path_); }, {path_.string()});
  }
  void expect_document_refused(std::string_view document_text, std::initializer_list<std::string_view> words) {
    write(document_text, tensors());
    expect_load_refused(words);
  }

  test::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "model.safetensors";
  std::vector<float> values_ = {1, 2, 3, 4, 5, 6, 7, 8, 9};
};

TEST_F(ModelFile, GivesBackTheWholeModel) {
  Model model(every_layer(), 0xfedcba9876543210ull);
  model.preprocessing = {1.0f / 255, -0.1307f};
  model.metadata = {{"dataset", "digits"}, {"labels", "zero, one"}};
  model.parameters()[0] = std::bit_cast<float>(0x00012345u);  // subnormal: every finite bit pattern counts
  model.save(path_);
  const Model loaded = Model::load(path_);
  EXPECT_EQ(loaded.network(), model.network());
  EXPECT_EQ(loaded.seed(), model.seed());
  EXPECT_EQ(loaded.outputs(), 2);
  EXPECT_EQ(loaded.preprocessing, model.preprocessing);
  EXPECT_EQ(loaded.metadata, model.metadata);
  EXPECT_EQ(loaded.weights_hash(), model.weights_hash());
}

TEST_F(ModelFile, SavesTheSameBytesAgain) {
  const Model model(every_layer(), 3);
  model.save(path_);
  const std::string first = test::read_file(path_);
  Model::load(path_).save(path_);
  EXPECT_EQ(test::read_file(path_), first);
}

TEST_F(ModelFile, StoresWeightsAsInputsByOutputsAndBiasesAsVectors) {
  Model(every_layer(), 3).save(path_);
  const engine::SafetensorsFile file(path_);
  std::vector<std::pair<std::string, std::vector<std::uint64_t>>> shapes;
  for (const engine::StoredTensor& tensor : file.header().tensors) shapes.emplace_back(tensor.name, tensor.shape);
  EXPECT_EQ(shapes[0], std::pair(std::string("first.weight"), std::vector<std::uint64_t>{1, 3}));
  EXPECT_EQ(shapes[1], std::pair(std::string("first.bias"), std::vector<std::uint64_t>{3}));
  EXPECT_EQ(shapes[2].second, (std::vector<std::uint64_t>{3, 2}));
  EXPECT_EQ(shapes[3].second, std::vector<std::uint64_t>{2});
}

TEST_F(ModelFile, ReadsAFileThatAnotherProgramHasWritten) {
  write(document(two_layers()), tensors());
  const Model model = Model::load(path_);
  EXPECT_EQ(std::vector(model.parameters().begin(), model.parameters().end()), values_);
  EXPECT_EQ(model.network().layers[0].activation.kind, ActivationKind::relu);
}

/// Seed, initializers and preprocessing say nothing that a prediction needs: another program need not invent them.
TEST_F(ModelFile, ReadsADocumentOfWhatIsNeededAlone) {
  write(R"({"format":1,"inputs":2,"layers":[)"
        R"({"kind":"dense","name":"a","units":2,"activation":"relu"},)"
        R"({"kind":"dense","name":"b","units":1,"activation":"linear"}]})",
        tensors());
  const Model model = Model::load(path_);
  EXPECT_EQ(std::vector(model.parameters().begin(), model.parameters().end()), values_);
  EXPECT_EQ(model.seed(), 0u);
  EXPECT_EQ(model.preprocessing, Preprocessing{});
  EXPECT_EQ(model.network().layers[0].weights, Layer{}.weights);
  EXPECT_EQ(model.network().layers[0].biases, Layer{}.biases);
}

/// They used to be loaded without a word, and to say class 0 of every row.
TEST_F(ModelFile, RefusesParametersThatAreNotFinite) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), infinity, -infinity}) {
    for (std::size_t place = 0; place < values_.size(); ++place) {
      const float good = values_[place];
      values_[place] = bad;
      write(document(two_layers()), tensors());
      values_[place] = good;
      expect_load_refused({std::isnan(bad) ? "NaN at [" : "inf at [", "earlier checkpoint"});
    }
  }
  values_[3] = infinity;
  write(document(two_layers()), tensors());
  expect_load_refused({"tensor 'a.weight' holds inf at [1, 1]"});
}

TEST_F(ModelFile, RefusesANegativeRunningVariance) {
  Network network;
  network.inputs = 2;
  network.layers = {dense("a", 3, "relu"), Layer{}};
  network.layers[1].kind = LayerKind::batch_norm;
  Model model(network, 1);
  model.parameters().back() = -1;
  expect_error<DivergedError>([&] { model.save(path_); },
                              {path_.string(), "'batch_norm1.running_var' hold -1 at [0, 2]"});
  model.parameters().back() = 0;
  model.save(path_);
  Model::load(path_);
}

TEST_F(ModelFile, SavesNoParametersThatAreNotFinite) {
  Model model(every_layer(), 1);
  model.parameters()[1] = std::numeric_limits<float>::quiet_NaN();
  expect_error<DivergedError>([&] { model.save(path_); }, {path_.string(), "'first.weight' hold NaN at [0, 1]"});
  EXPECT_EQ(test::entry_count(folder_.path()), 0);
}

/// Messages of 200 kB: what a file holds was quoted whole.
TEST_F(ModelFile, QuotesALittleOfWhatItRefuses) {
  const std::string long_text(200000, 'x');
  const auto expect_short = [&] {
    try {
      Model::load(path_);
      ADD_FAILURE() << "nothing was thrown";
    } catch (const ModelError& error) {
      EXPECT_LT(std::string_view(error.what()).size(), 2000u) << std::string_view(error.what()).substr(0, 2000);
    }
  };
  std::string digits = "1";
  while (digits.size() < long_text.size()) digits += ",1";
  for (const std::string& text : std::vector<std::string>{
           long_text, "\"" + long_text, R"({"format":")" + long_text + "\"}", R"({")" + long_text + R"(":1})",
           R"({"format":1,"inputs":")" + long_text + R"(","layers":[]})",
           R"({"format":1,"inputs":2,"layers":[],")" + long_text + R"(":1})", document(layer(long_text, "2")),
           document(layer("a", "[" + digits + "]")), document(R"({"kind":")" + long_text + R"(","name":"a"})"),
           document(R"({"kind":"activation","name":"a","activation":")" + long_text + "\"}"),
           document(R"({"kind":"activation","name":[")" + long_text + R"("],"activation":"relu"})")}) {
    write(text, tensors());
    expect_short();
  }
  for (const std::string& header :
       std::vector<std::string>{R"({"__metadata__":{")" + long_text + R"(":1}})", R"({")" + long_text + R"(":1})",
                                R"({"a":{"dtype":")" + long_text + R"(","shape":[],"data_offsets":[0,4]}})",
                                R"({"a":{"dtype":"F32","shape":[)" + digits + R"(],"data_offsets":[0,8]}})",
                                R"({"a":{"dtype":"F32","shape":[],"data_offsets":[)" + digits + "]}}",
                                R"({")" + long_text + R"(":{"dtype":"F32","shape":[],"data_offsets":[4,8]}})"}) {
    write_file(path_, safetensors_bytes(header, "12345678"));
    expect_short();
  }
  auto extra = tensors();
  extra.push_back({long_text, {1}, std::span<const float>(values_).first(1)});
  write(document(two_layers()), extra);
  expect_short();
}

TEST_F(ModelFile, RefusesAFileCutAtAnyByte) {
  Model(every_layer(), 3).save(path_);
  const std::string whole = test::read_file(path_);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    write_file(path_, whole.substr(0, length));
    expect_error<ModelError>([&] { Model::load(path_); }, {path_.string()});
  }
}

TEST_F(ModelFile, RefusesOrReadsEveryChangedHeaderByte) {
  Model(every_layer(), 3).save(path_);
  const std::string whole = test::read_file(path_);
  int refused = 0;
  for (std::size_t place = 0; place < whole.size() - 17 * sizeof(float); ++place) {
    for (const char change : {'\x01', '\x80'}) {
      std::string changed = whole;
      changed[place] = static_cast<char>(changed[place] ^ change);
      write_file(path_, changed);
      try {
        Model::load(path_);  // a changed seed or name of a pair is a valid file too
      } catch (const ModelError&) {
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, static_cast<int>(whole.size()));
}

TEST_F(ModelFile, RefusesADocumentThatIsNotOne) {
  engine::write_safetensors(path_, {}, tensors());
  expect_load_refused({"not one that Minnow has written"});
  expect_document_refused("{", {"metadata 'minnow'", "not valid JSON"});
  expect_document_refused("[]", {"no JSON object"});
  expect_document_refused("{}", {"lacks 'format'"});
  expect_document_refused(R"({"format":2})", {"format 2", "reads 1"});
  expect_document_refused(R"({"format":1,"format":1})", {"'format'", "twice"});
  expect_document_refused(std::string(10000, '['), {"nested"});
  const std::string good = document(two_layers());
  const auto changed = [&](std::string_view from, std::string_view to) {
    std::string text = good;
    return text.replace(text.find(from), from.size(), to);
  };
  expect_document_refused(changed(R"("seed":5)", R"("seed":-5)"), {"'seed' is -5"});
  expect_document_refused(changed(R"("seed":5)", R"("seed":"5")"), {"'seed'"});
  expect_document_refused(changed(R"("seed":5)", R"("seed":5,"sead":5)"), {"unknown key 'sead'"});
  expect_document_refused(changed(R"("inputs":2)", R"("inputs":0)"), {"'inputs' is 0"});
  expect_document_refused(changed(R"("inputs":2)", R"("inputs":2.5)"), {"'inputs' is 2.5"});
  expect_document_refused(changed(R"("inputs":2)", R"("inputs":4294967298)"), {"'inputs' is 4294967298"});
  expect_document_refused(changed(R"("scale":1)", R"("scale":1e39)"), {"'scale'", "finite"});
  expect_document_refused(changed(R"("scale":1)", R"("scale":1e999)"), {"not valid JSON"});
  expect_document_refused(changed(R"("scale":1)", R"("scale":null)"), {"'scale' is null"});
  expect_document_refused(changed(R"("units":2)", R"("units":true)"), {"layer 1", "'units' is true"});
  expect_document_refused(changed("dense", "conv"), {"conv"});
  expect_document_refused(changed("relu", "rellu"), {"rellu", "did you mean"});
  expect_document_refused(changed(R"("name":"b")", R"("name":"a")"), {"two layers have this name"});
  expect_document_refused(changed(R"("name":"b")", R"("name":"")"), {"'name'"});
  expect_document_refused(changed(R"("name":"b",)", ""), {"layer 2", "lacks 'name'"});
  expect_document_refused(document(""), {"no dense layer"});
  expect_document_refused(document("1"), {"layer 1", "no 'kind'"});
  expect_document_refused(document(R"({"kind":"dropout","name":"d","rate":1.5})"), {"dropout rate 1.5"});
}

TEST_F(ModelFile, RefusesTensorsThatDoNotFitTheNetwork) {
  auto changed = tensors();
  changed[1].name = "c.bias";
  write(document(two_layers()), changed);
  expect_load_refused({"lacks the tensor 'a.bias'"});
  changed = tensors();
  changed.push_back({"extra", {1}, std::span<const float>(values_).first(1)});
  write(document(two_layers()), changed);
  expect_load_refused({"'extra'", "no layer"});
  changed = tensors();
  changed[1].shape = {1, 2};
  write(document(two_layers()), changed);
  expect_load_refused({"'a.bias' has shape [1,2]", "needs [2]"});
  changed = tensors();
  std::swap(changed[2].shape[0], changed[2].shape[1]);
  write(document(two_layers()), changed);
  expect_load_refused({"'b.weight' has shape [1,2]", "needs [2,1]"});
}

TEST_F(ModelFile, AllocatesNothingForALargeNetworkInASmallFile) {
  for (const char* units : {"2097152", "2147483647"}) {
    write(document(layer("a", units) + "," + layer("b", units)), tensors());
    expect_load_refused({});
  }
  rusage before = {}, after = {};
  getrusage(RUSAGE_SELF, &before);
  write(document(layer("a", "12000") + "," + layer("b", "12000")), tensors());  // 576 MB, were it believed
  expect_load_refused({"'a.weight' has shape [2,2]", "needs [2,12000]"});
  getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 100000);  // KB
}

TEST_F(ModelFile, KeepsTheOldFileWhenTheDiskIsFull) {
  const Model model(every_layer(), 1), other(every_layer(), 2);
  model.save(path_);
  const std::string before = test::read_file(path_);
  rlimit old = {};
  getrlimit(RLIMIT_FSIZE, &old);
  auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
  for (const rlim_t bytes : {rlim_t{0}, rlim_t{8}, rlim_t{100}, rlim_t{before.size() - 1}}) {
    const rlimit limit{bytes, old.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
    expect_error<DataError>([&] { other.save(path_); }, {path_.string(), "raise the limit on the size of files"});
    setrlimit(RLIMIT_FSIZE, &old);
    EXPECT_EQ(test::read_file(path_), before);
    EXPECT_EQ(test::entry_count(folder_.path()), 1);
  }
  std::signal(SIGXFSZ, handler);
  other.save(path_);
  EXPECT_EQ(Model::load(path_).weights_hash(), other.weights_hash());
}

TEST_F(ModelFile, SavesNothingThatItWouldRefuse) {
  Model model(every_layer(), 1);
  expect_error<UsageError>([&] { Model().save(path_); }, {"no layers"});
  model.metadata = {{"minnow", "mine"}};
  expect_error<UsageError>([&] { model.save(path_); }, {"'minnow'", "twice"});
  model.metadata = {{"k", "\xff"}};
  expect_error<UsageError>([&] { model.save(path_); }, {"UTF-8"});
  model.metadata.clear();
  model.preprocessing.scale = std::numeric_limits<float>::infinity();
  expect_error<UsageError>([&] { model.save(path_); }, {"scale inf"});
  model.preprocessing.scale = 1;
  expect_error<DataError>([&] { model.save(folder_ / "none/model.safetensors"); }, {"none", "No such file"});
  EXPECT_EQ(test::entry_count(folder_.path()), 0);
}

TEST_F(ModelFile, SaysWhyAFileCannotBeRead) {
  expect_error<DataError>([&] { Model::load(path_); }, {path_.string(), "No such file"});
  expect_error<DataError>([&] { Model::load(folder_.path()); }, {"is a folder"});
  write_file(path_, "");
  expect_load_refused({"too short"});
}

}  // namespace
}  // namespace minnow
