// SPDX-License-Identifier: Apache-2.0
#include "tests/support/small_run.hpp"

#include "kernels/math/philox.hpp"
#include "kernels/math/schedule.hpp"
#include "kernels/math/update_rule.hpp"

namespace minnow::test {

using kernels::ConstView;
using kernels::View;

SmallRun::SmallRun(kernels::Backend& backend, const SmallRunShape& shape, std::uint64_t first_seed)
    : backend_(backend), shape_(shape) {
  for (int m = 0; m < shape.models; ++m) seeds_.push_back(first_seed + static_cast<std::uint64_t>(m));
  make_data();
  make_parameters();
  make_state(first_seed);
  const auto& s = shape_;
  batch_.x = reals(s.models, s.batch, s.inputs);
  batch_.labels = {uploaded(std::vector<std::int32_t>(static_cast<std::size_t>(s.models * s.batch))), s.batch};
  if (data_.targets != nullptr) batch_.targets = reals(s.models, s.batch, s.classes);
  z1_ = reals(s.models, s.batch, s.hidden);
  y1_ = reals(s.models, s.batch, s.hidden);
  d1_ = reals(s.models, s.batch, s.hidden);
  z2_ = reals(s.models, s.batch, s.classes);
  d2_ = reals(s.models, s.batch, s.classes);
}

void* SmallRun::allocate(std::size_t bytes) {
  memory_.push_back(backend_.allocate(bytes));
  return memory_.back().data();
}

View SmallRun::reals(int models, int rows, int cols) {
  const std::int64_t elements = std::int64_t{rows} * cols;
  return {allocate(static_cast<std::size_t>(models * elements) * sizeof(float)), 0, models, rows, cols, elements};
}

template <class T>
T* SmallRun::uploaded(const std::vector<T>& values) {
  void* device = allocate(values.size() * sizeof(T));
  backend_.upload(device, values.data(), values.size() * sizeof(T));
  return static_cast<T*>(device);
}

/// Values without a pattern, from Philox's place in the sequence alone.
void SmallRun::make_data() {
  const auto rows = static_cast<std::size_t>(shape_.data_rows);
  const auto cols = static_cast<std::size_t>(shape_.inputs), classes = static_cast<std::size_t>(shape_.classes);
  const auto bits = [](std::size_t i, std::uint32_t stream) { return math::random_bits(9, stream, 0, 0, i); };
  std::vector<std::uint8_t> bytes(rows * cols);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(bits(i, 1));
  std::vector<float> values(rows * cols), targets(rows * classes);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = math::to_uniform(bits(i, 2), -1, 1);
  for (std::size_t i = 0; i < targets.size(); ++i) targets[i] = math::to_uniform(bits(i, 3));
  std::vector<std::int32_t> labels(rows);
  for (std::size_t i = 0; i < rows; ++i) labels[i] = static_cast<std::int32_t>(bits(i, 4) % classes);
  const bool u8 = shape_.storage == kernels::DataView::Storage::u8;
  data_ = {.values = u8 ? static_cast<void*>(uploaded(bytes)) : static_cast<void*>(uploaded(values)),
           .storage = shape_.storage,
           .rows = shape_.data_rows,
           .cols = shape_.inputs,
           .scale = 1.0f / 255,
           .shift = -0.1307f,
           .labels = uploaded(labels),
           .targets = shape_.loss != LossKind::cross_entropy ? uploaded(targets) : nullptr,
           .target_cols = shape_.loss != LossKind::cross_entropy ? shape_.classes : 0};
  order_ = static_cast<std::uint32_t*>(allocate(seeds_.size() * rows * sizeof(std::uint32_t)));
  backend_.shuffle(order_, static_cast<std::uint32_t>(rows), seeds_, 3);
}

/// The next tensor of the arena.
View SmallRun::parameters(int rows, int cols) {
  View view{arena_.base, next_parameter_, shape_.models, rows, cols, arena_.stride};
  next_parameter_ += view.elements();
  return view;
}

void SmallRun::make_parameters() {
  const auto& s = shape_;
  const int count = s.inputs * s.hidden + s.hidden + s.hidden * s.classes + s.classes;
  arena_ = reals(s.models, 1, count);
  gradients_ = reals(s.models, 1, count);
  w1_ = parameters(s.inputs, s.hidden);
  b1_ = parameters(1, s.hidden);
  w2_ = parameters(s.hidden, s.classes);
  b2_ = parameters(1, s.classes);
  const kernels::Distribution uniform{kernels::Distribution::Kind::uniform, -0.3f, 0.3f};
  const kernels::Distribution normal{kernels::Distribution::Kind::normal, 0, 0.3f};
  backend_.random(w1_, uniform, seeds_, kernels::Purpose::weights, 0);
  backend_.random(w2_, normal, seeds_, kernels::Purpose::weights, 1);
  backend_.fill(b1_, 0.01);
}

void SmallRun::make_state(std::uint64_t first_seed) {
  std::vector<kernels::ModelState> models(seeds_.size());
  for (std::size_t m = 0; m < models.size(); ++m) {
    models[m].seed = seeds_[m];
    models[m].optimizer = make_optimizer(shape_.optimizer);
    models[m].optimizer.momentum = 0.9f;
    models[m].optimizer.weight_decay = 0.01f;
    models[m].optimizer.clip_norm = 0.1f;
    // Each seed has a rate of its own, so that a model's place in a shoal cannot be mistaken for another.
    models[m].optimizer.learning_rate = 0.01f + 0.001f * static_cast<float>(first_seed + m);
    models[m].schedule = {.kind = ScheduleKind::cosine, .warmup = 2, .total = 20};
    math::prepare(models[m], 0);
  }
  chunk_sums_ = reals(shape_.models, 1, (arena_.cols + 127) / 128);
  slots_ = reals(shape_.models, math::state_slots(models[0].optimizer), arena_.cols);
  models_ = uploaded(models);
  tally_ = uploaded(std::vector<kernels::Tally>(seeds_.size()));
  rates_ = uploaded(std::vector<kernels::DropoutRate>(seeds_.size(), {0xC0000000u, 1 / 0.75f}));
  state_ = uploaded(std::vector<kernels::StepState>(1));
}

void SmallRun::step() {
  const auto gradient = [&](const View& parameter) {
    View view = parameter;
    view.base = gradients_.base;
    return view;
  };
  backend_.gather(batch_, data_, order_, state_);
  backend_.linear_forward(y1_, z1_, batch_.x, w1_, b1_, shape_.activation);
  backend_.dropout(y1_, 0, rates_, state_, models_);
  backend_.linear_forward(z2_, z2_, y1_, w2_, b2_, make_activation(ActivationKind::linear));
  const kernels::LossRows rows{{batch_.labels.values, batch_.labels.stride}, batch_.weights};
  if (shape_.loss == LossKind::cross_entropy) {
    backend_.softmax_cross_entropy(d2_, z2_, rows, {}, tally_, state_);
  } else {
    backend_.elementwise_loss({shape_.loss}, d2_, z2_, batch_.targets, rows, tally_, state_);
  }
  backend_.linear_backward(d1_, gradient(w2_), gradient(b2_), d2_, y1_, w2_);
  backend_.dropout(d1_, 0, rates_, state_, models_);
  backend_.activation_backward(d1_, d1_, z1_, y1_, shape_.activation);
  backend_.linear_backward(View(), gradient(w1_), gradient(b1_), d1_, batch_.x, w1_);
  backend_.clip_norm(chunk_sums_, gradients_, models_);
  backend_.update(shape_.optimizer, arena_, gradients_, slots_, models_);
  backend_.advance(state_, models_, shape_.models, static_cast<std::uint32_t>(shape_.batch));
}

void SmallRun::rewind() {
  kernels::StepState state;
  backend_.download(&state, state_, sizeof state);
  if (state.cursor + static_cast<std::uint32_t>(shape_.batch) <= static_cast<std::uint32_t>(shape_.data_rows)) return;
  state.cursor = 0;
  backend_.upload(state_, &state, sizeof state);
}

void SmallRun::direct(int count) {
  for (int i = 0; i < count; ++i) {
    rewind();
    step();
  }
}

void SmallRun::recorded(int count) {
  const std::function<void()> replay = backend_.record([this] { step(); });
  for (int i = 0; i < count; ++i) {
    rewind();
    replay();
  }
}

std::vector<unsigned char> SmallRun::bytes() {
  std::vector<unsigned char> all;
  const auto append = [&](const void* device, std::size_t bytes) {
    all.resize(all.size() + bytes);
    backend_.download(all.data() + all.size() - bytes, device, bytes);
  };
  for (int m = 0; m < shape_.models; ++m) {
    append(arena_.data<float>(m), static_cast<std::size_t>(arena_.elements()) * sizeof(float));
    append(slots_.data<float>(m), static_cast<std::size_t>(slots_.elements()) * sizeof(float));
    append(tally_ + m, sizeof(kernels::Tally));
  }
  return all;
}

}  // namespace minnow::test
